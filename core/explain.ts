/** Answers one query and tells how: which block and why, what each plugin did and for how long. */

import {
  type Clock,
  Flag,
  formatRcode,
  formatRr,
  type Message,
  type Next,
  type Query,
} from '@fingerpost/sdk'
import { foldChain, type Link } from './chain.ts'
import type { Route } from './server.ts'

/** What one plugin did. */
export interface ExplainStep {
  readonly plugin: string
  /**
   * `answered`; `passed` on to the next; `asked on`: went through the rest of the chain itself;
   * `failed` with an error; `patched` the response on its way back.
   */
  readonly outcome: 'answered' | 'passed' | 'asked on' | 'failed' | 'patched'
  /** Milliseconds, the plugins behind it included. */
  readonly ms: number
  /** What the plugin itself had to say. */
  readonly notes: readonly string[]
}

/** How a query was answered. */
export interface Explanation {
  readonly question: string
  /** Keys of the server block; undefined when none holds the name. */
  readonly block: string | undefined
  readonly why: string
  readonly steps: readonly ExplainStep[]
  readonly answer: AnswerText
  readonly ms: number
}

/** A response in presentation form. */
export interface AnswerText {
  readonly rcode: string
  /** `qr aa rd`. */
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** Why it failed. */
  readonly cause: string | undefined
}

type MutableStep = { -readonly [K in keyof ExplainStep]: ExplainStep[K] } & { notes: string[] }

/**
 * Sends a query through a chain of its own over `links`, which share their state with the chain at
 * work. `makeQuery` gets the function that takes the plugins' notes.
 */
export async function explainChain(
  links: readonly Link[],
  makeQuery: (trace: (note: string) => void) => Query,
  clock: Clock,
): Promise<{ steps: ExplainStep[]; response: Message }> {
  const steps: MutableStep[] = []
  let current: MutableStep | undefined
  const chain = foldChain(
    links.map((link) =>
      watched(link, steps, clock, (step) => {
        current = step
      }),
    ),
    () => {},
  )
  const query = makeQuery((note) => current?.notes.push(note))
  const response = chain ? await chain(query) : query.reply({ rcode: 5 })
  return { steps, response }
}

/** A link whose doings are written down. */
function watched(
  { name, handler }: Link,
  steps: MutableStep[],
  clock: Clock,
  enter: (step: MutableStep) => void,
): Link {
  const begin = (outcome: ExplainStep['outcome']): MutableStep => {
    const step: MutableStep = { plugin: name, outcome, ms: 0, notes: [] }
    steps.push(step)
    enter(step)
    return step
  }
  const { onQuery, onResponse } = handler
  return {
    name,
    handler: {
      ...(onQuery && {
        async onQuery(query: Query, next: Next) {
          const step = begin('passed')
          const start = clock.now()
          const through: Next = async (asked) => {
            step.outcome = 'asked on'
            const response = await next(asked)
            enter(step)
            return response
          }
          try {
            const answer = await onQuery.call(handler, query, through)
            if (answer !== undefined && step.outcome === 'passed') step.outcome = 'answered'
            return answer
          } catch (error) {
            step.outcome = 'failed'
            step.notes.push(error instanceof Error ? error.message : String(error))
            throw error
          } finally {
            step.ms = clock.now() - start
          }
        },
      }),
      ...(onResponse && {
        onResponse(query: Query, response: Message) {
          const before = response.toBytes()
          const start = clock.now()
          const after = onResponse.call(handler, query, response)
          const octets = after.toBytes()
          if (before.length !== octets.length || before.some((octet, i) => octet !== octets[i])) {
            begin('patched').ms = clock.now() - start
          }
          return after
        },
      }),
    },
  }
}

/** Puts a response into words. */
export function describeAnswer(response: Message): AnswerText {
  const { cause } = response
  if (response.isDropped) return { ...silence, cause: 'the query is dropped' }
  return {
    rcode: formatRcode(response.rcode),
    flags: formatFlags(response.flags),
    answer: response.answer.map(formatRr),
    authority: response.authority.map(formatRr),
    additional: response.additional.map(formatRr),
    cause: cause === undefined ? undefined : cause instanceof Error ? cause.message : String(cause),
  }
}

const silence: AnswerText = {
  rcode: 'none',
  flags: '',
  answer: [],
  authority: [],
  additional: [],
  cause: undefined,
}

const flagNames = ['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const

function formatFlags(flags: number): string {
  const set = flagNames.filter((name) => (flags & Flag[name]) !== 0)
  return set.map((name) => name.toLowerCase()).join(' ')
}

/** An explanation for people. */
export function formatExplanation(explanation: Explanation): string {
  const { question, block, why, steps, answer, ms } = explanation
  const lines = [question, `  block    ${block ?? 'none'} (${why})`]
  for (const { plugin, outcome, ms: stepMs, notes } of steps) {
    lines.push(`  ${plugin.padEnd(12)} ${outcome.padEnd(9)} ${stepMs.toFixed(2).padStart(8)} ms`)
    for (const note of notes) lines.push(`  ${' '.repeat(12)}   ${note}`)
  }
  lines.push(`  answer   ${answer.rcode} [${answer.flags}] after ${ms.toFixed(2)} ms`)
  if (answer.cause !== undefined) lines.push(`           ${answer.cause}`)
  for (const section of ['answer', 'authority', 'additional'] as const) {
    for (const rr of answer[section]) lines.push(`    ${rr}`)
  }
  return `${lines.join('\n')}\n`
}

/** Why a query is answered by a route, or by none. */
export function whyRoute(query: Query, route: Route | undefined): string {
  if (route === undefined) return `no block has a zone that holds ${query.qname}`
  return `the longest zone that holds ${query.qname} is in this block`
}
