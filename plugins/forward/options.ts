/** The options of *forward*: one schema for one line of it; the directive may stand several times. */

import {
  args,
  custom,
  directive,
  duration,
  durationBetween,
  flag,
  type InferOptions,
  integer,
  ipAddress,
  located,
  many,
  matches,
  oneOf,
  optional,
  path,
  type Report,
  rcode,
  rest,
  type Token,
  text,
  upstreamPolicies,
  zone,
} from '@fingerpost/sdk'
import { address, destination, exception, from } from './destination.ts'

/** Upstreams that one line may name. */
export const MAX_TO = 15

const line = directive({
  args: args(from, many(located(destination), { max: MAX_TO })),
  block: {
    except: many(exception),
    force_tcp: flag,
    prefer_udp: flag,
    expire: optional(duration, 10_000),
    max_age: optional(duration, 0),
    max_idle_conns: optional(integer(0), 0),
    read_timeout: optional(durationBetween({ minMs: 1 }), 2000),
    max_fails: optional(integer(0), 2),
    max_connect_attempts: integer(0),
    doh_method: optional(oneOf('POST', 'GET'), 'POST'),
    tls: rest(located(path), { max: 3 }),
    tls_servername: text,
    policy: optional(oneOf(...upstreamPolicies), 'random'),
    health_check: custom(readHealthCheck, { takes: 'DURATION [no_rec] [domain FQDN]' }),
    max_concurrent: optional(integer(0), 0),
    next: many(rcode),
    next_on_nodata: flag,
    failover: many(rcode),
    failfast_all_unhealthy_upstreams: flag,
    source_address: ipAddress,
    resolver: many(address),
  },
  check({ args: [, upstreams], block }, report) {
    if (block.max_age > 0 && block.max_age < block.expire) {
      report('max_age must not be less than expire', { option: 'max_age', arg: 0 })
    }
    if (block.failover.includes(0)) {
      report('NOERROR cannot be used in failover', { option: 'failover' })
    }
    const named = upstreams.find(({ value }) => value.serverName !== undefined)
    if (named !== undefined && block.tls_servername !== undefined) {
      report('tls_servername and a server name in an address exclude each other', named.at)
    }
  },
})

export const options = many(line)

/** What one *forward* line says. */
export type LineOptions = InferOptions<typeof options>[number]

/** How upstreams that failed are checked. */
export interface HealthCheckOptions {
  readonly intervalMs: number
  readonly isRecursionDesired: boolean
  /** The name that is asked for, in text form. */
  readonly domain: string
}

export const defaultHealthCheck: HealthCheckOptions = {
  intervalMs: 500,
  isRecursionDesired: true,
  domain: '.',
}

function readHealthCheck(tokens: readonly Token[], report: Report): HealthCheckOptions {
  const [first, ...others] = tokens
  if (first === undefined) throw report.error('expected a duration')
  const read = { ...defaultHealthCheck, intervalMs: report.read(duration, first) }
  for (let i = 0; i < others.length; i++) {
    const option = others[i] as Token
    if (option.text === 'no_rec') {
      read.isRecursionDesired = false
    } else if (option.text === 'domain') {
      const name = others[++i]
      if (name === undefined) throw report.error('expected a name after domain', option)
      if (!matches(zone, name.text)) throw report.error(`"${name.text}" is no name`, name)
      read.domain = report.read(zone, name)
    } else {
      report(`unknown option "${option.text}"`, option)
    }
  }
  return read
}
