/** The options of *rrl*: those of the plugin of that name that CoreDNS can be built with. */

import { args, directive, flag, float, integer, optional, rest, zones } from '@fingerpost/sdk'

const MIN_WINDOW_SECONDS = 0.001
const perSecond = float(0)

export const options = directive({
  args: args(rest(zones)),
  block: {
    window: optional(float(MIN_WINDOW_SECONDS), 15),
    'ipv4-prefix-length': optional(integer(1, 32), 24),
    'ipv6-prefix-length': optional(integer(1, 128), 56),
    'responses-per-second': optional(perSecond, 0),
    'nodata-per-second': optional(perSecond),
    'nxdomains-per-second': optional(perSecond),
    'referrals-per-second': optional(perSecond),
    'errors-per-second': optional(perSecond),
    'slip-ratio': optional(integer(0), 0),
    'requests-per-second': optional(perSecond, 0),
    'max-table-size': optional(integer(0), 100_000),
    'report-only': flag,
  },
})
