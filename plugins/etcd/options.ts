/** The options of *etcd*. */

import {
  anything,
  args,
  custom,
  directive,
  durationBetween,
  type InferOptions,
  integer,
  located,
  many,
  optional,
  path,
  rest,
  text,
  zones,
} from '@fingerpost/sdk'
import { endpoint } from './endpoint.ts'

/** Members of a cluster that may be named. */
export const MAX_ENDPOINTS = 16
/** 32 bits: what a TTL has room for in CoreDNS; longer than anybody means. */
const MAX_SECONDS = 4_294_967_295

/** A duration, or a plain number of seconds; in whole seconds. */
const seconds = custom(
  ([token, excess], report) => {
    if (token === undefined || excess !== undefined) {
      throw report.error('expected one duration or number of seconds', excess)
    }
    if (/^\d+$/.test(token.text)) return report.read(integer(0, MAX_SECONDS), token)
    return Math.floor(report.read(durationBetween({ maxMs: MAX_SECONDS * 1000 }), token) / 1000)
  },
  { takes: 'SECONDS|DURATION' },
)

export const options = directive({
  args: args(rest(zones)),
  block: {
    fallthrough: rest(zones),
    path: optional(text, '/skydns'),
    endpoint: many(endpoint, { max: MAX_ENDPOINTS }),
    credentials: args(text, text),
    tls: rest(located(path), { max: 3 }),
    'min-lease-ttl': optional(seconds, 30),
    'max-lease-ttl': optional(seconds, 86_400),
    // What old Corefiles have; CoreDNS reads it without effect, too.
    upstream: anything,
    stubzones: anything,
    debug: anything,
  },
  check({ block }, report) {
    if (block['min-lease-ttl'] > block['max-lease-ttl']) {
      report('min-lease-ttl must not be more than max-lease-ttl', { option: 'min-lease-ttl' })
    }
  },
})

export type EtcdOptions = InferOptions<typeof options>
