/** The options of *grpc*. */

import {
  addressWithPort,
  args,
  check,
  directive,
  type InferOptions,
  located,
  many,
  oneOf,
  optional,
  path,
  rest,
  text,
  upstreamPolicies,
  zone,
  zones,
} from '@fingerpost/sdk'

const DEFAULT_PORT = 53
const MAX_UPSTREAMS = 15

export const options = directive({
  args: check(
    args(zone, many(addressWithPort(DEFAULT_PORT), { max: MAX_UPSTREAMS })),
    ([, upstreams], report) => {
      for (const [i, { host }] of upstreams.entries()) {
        if (host === '') report('an address is missing', { arg: i + 1 })
      }
    },
  ),
  block: {
    except: rest(zones),
    tls: rest(located(path), { max: 3 }),
    tls_servername: text,
    policy: optional(oneOf(...upstreamPolicies), 'random'),
    fallthrough: rest(zones),
  },
})

export type GrpcOptions = InferOptions<typeof options>
