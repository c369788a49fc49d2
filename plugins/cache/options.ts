/** The options of *cache*, and the settings that follow from them. */

import {
  args,
  custom,
  directive,
  duration,
  durationBetween,
  flag,
  type InferOptions,
  integer,
  many,
  matches,
  oneOf,
  optional,
  type Report,
  rest,
  type Token,
  type Word,
  word,
  zones,
} from '@fingerpost/sdk'

const capacity = args(integer(), optional(integer(1)), optional(integer(0)))

const percentage: Word<number> = word<number>({
  expects: 'a percentage from 10% to 90%',
  name: 'PERCENTAGE',
  example: '10%',
  format: (value) => `${value}%`,
  parse(text, refuse) {
    if (!/^[+-]?\d+%$/.test(text)) return refuse()
    const value = Number(text.slice(0, -1))
    return value >= 10 && value <= 90 ? value : refuse()
  },
})

const prefetch = args(integer(0), optional(duration, 60_000), optional(percentage, 10))

/** `AMOUNT [DURATION] [PERCENTAGE]`; CoreDNS lets the duration be negative: never often enough. */
function readPrefetch(tokens: readonly Token[], report: Report): [number, number, number] {
  const pause = tokens[1]
  if (pause === undefined || !pause.text.startsWith('-')) return report.read(prefetch, tokens)
  const unsigned = tokens.with(1, { ...pause, text: pause.text.slice(1) })
  const [amount, pauseMs, percent] = report.read(prefetch, unsigned)
  return [amount, -pauseMs, percent]
}

/** No failure may be kept, or held against an upstream, for longer (RFC 2308 section 7). */
const MAX_FAILURE_MS = 300_000
const failureMs = durationBetween({ minMs: 0, maxMs: MAX_FAILURE_MS })

/** How expired entries are used. */
export interface StaleOptions {
  /** How long after they expired; 0 for not at all. */
  readonly maxStaleMs: number
  readonly mode: 'immediate' | 'verify'
  /** How long *verify* waits for the upstream; 0 for as long as it takes. */
  readonly timeoutMs: number
  readonly responseTtlMs: number
  readonly failureRecheckMs: number
}

const staleAfter = {
  immediate: args(optional(duration, 0), optional(failureMs, 0)),
  verify: args(optional(duration, 0), optional(duration, 0), optional(failureMs, 0)),
}

/** `[DURATION] [immediate [RESPONSE_TTL [RECHECK]] | verify [TIMEOUT [RESPONSE_TTL [RECHECK]]]]` */
function readStale(tokens: readonly Token[], report: Report): StaleOptions {
  const [first, second, ...others] = tokens
  const maxStaleMs = first === undefined ? 3_600_000 : report.read(duration, first)
  const mode = second === undefined ? 'immediate' : report.read(staleMode, second)
  if (mode === 'immediate') {
    const [responseTtlMs, failureRecheckMs] = report.read(staleAfter.immediate, others)
    return { maxStaleMs, mode, timeoutMs: 0, responseTtlMs, failureRecheckMs }
  }
  const [timeoutMs, responseTtlMs, failureRecheckMs] = report.read(staleAfter.verify, others)
  return { maxStaleMs, mode, timeoutMs, responseTtlMs, failureRecheckMs }
}

const staleMode = oneOf('immediate', 'verify')

/** `[TTL] [ZONE…]`: a first word that is a number is the TTL. */
function readArgs(tokens: readonly Token[], report: Report) {
  const [first] = tokens
  const hasTtl = first !== undefined && matches(integer(), first.text)
  const ttlSeconds = hasTtl ? report.read(integer(1), first) : undefined
  const zoneTokens = hasTtl ? tokens.slice(1) : tokens
  const known: string[] = []
  const unknown: string[] = []
  for (const token of zoneTokens) {
    // What is no zone is left out, as in CoreDNS; setup says so in the log.
    try {
      known.push(...report.read(rest(zones), token))
    } catch {
      unknown.push(token.text)
    }
  }
  return { ttlSeconds, zones: zoneTokens.length === 0 ? undefined : known, unknown }
}

/** The schema. */
export const options = directive({
  args: custom(readArgs, { takes: '[TTL] [ZONE…]' }),
  block: {
    success: capacity,
    denial: capacity,
    prefetch: custom(readPrefetch, { takes: 'AMOUNT [DURATION] [PERCENTAGE]' }),
    serve_stale: custom(readStale, {
      takes:
        '[DURATION] [immediate [RESPONSE_TTL [FAILURE_RECHECK]] | verify [TIMEOUT [RESPONSE_TTL [FAILURE_RECHECK]]]]',
    }),
    serve_stale_policy: oneOf('prefer_positive'),
    servfail: optional(failureMs, 5_000),
    disable: many(args(oneOf('success', 'denial'), rest(zones))),
    keepttl: flag,
  },
  check({ block }, report) {
    if (block.serve_stale_policy !== undefined && block.serve_stale === undefined) {
      report('serve_stale_policy needs serve_stale', { option: 'serve_stale_policy' })
    }
  },
})

export type Options = InferOptions<typeof options>
