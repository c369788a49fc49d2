/** The options of *prometheus*: `prometheus [ADDRESS:PORT] { runtime_metrics; tls FILE }`. */

import {
  addressWithPort,
  args,
  directive,
  flag,
  located,
  once,
  optional,
  path,
} from '@fingerpost/sdk'

export const options = directive({
  args: args(optional(addressWithPort(), { host: 'localhost', port: 9153 })),
  block: {
    runtime_metrics: flag,
    tls: once(located(path)),
  },
})
