/** The options of *schedule*: rules, tried in the order of the Corefile. */

import {
  args,
  ConfigError,
  custom,
  directive,
  durationBetween,
  type InferOptions,
  ipAddress,
  many,
  optional,
  type Report,
  type Token,
  text,
  zones,
} from '@fingerpost/sdk'
import { type Condition, parseCondition } from './condition.ts'

/** Addresses, and when and for whom they are the answer. */
export interface Rule {
  readonly conditions: readonly Condition[]
  readonly addresses: readonly Uint8Array[]
}

export const options = directive({
  args: args(many(zones)),
  block: {
    when: many(custom(readRule, { takes: 'CONDITION… use IP…' })),
    otherwise: many(ipAddress),
    timezone: optional(text, 'UTC'),
    ttl: optional(durationBetween({ maxMs: 86_400_000 }), 300_000),
  },
  check({ block }, report) {
    if (block.when.length === 0) report('there is no rule: when CONDITION… use IP…')
    try {
      new Intl.DateTimeFormat('en', { timeZone: block.timezone })
    } catch {
      report(`'${block.timezone}' is no time zone`, { option: 'timezone', arg: 0 })
    }
  },
})

export type ScheduleOptions = InferOptions<typeof options>

function readRule(tokens: readonly Token[], report: Report): Rule {
  const at = tokens.findIndex((token) => token.text === 'use')
  if (at < 1 || at === tokens.length - 1) throw report.error('expected CONDITION… use IP…')
  const conditions = tokens.slice(0, at).map((token) => {
    const condition = parseCondition(token.text)
    if (condition !== undefined) return condition
    const expected = 'expected days (mon-fri), times (08:00-17:30) or a network'
    throw new ConfigError('bad-value', `'${token.text}': ${expected}`, { at: token })
  })
  const addresses = tokens.slice(at + 1).map((token) => report.read(ipAddress, token).bytes)
  return { conditions, addresses }
}
