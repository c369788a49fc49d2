/** Compares a response with what a test expects, for any test runner. */

import type { Message } from '../wire/message.ts'
import { type EdnsText, formatMessage, type MessageText } from './message-text.ts'

/**
 * What a response should be. Without `passed: true` the RCODE is NOERROR and every section empty
 * unless told otherwise; with it, only what is named here is compared.
 */
export interface Expectation {
  readonly rcode?: string
  /** All flags but `qr`: `aa rd`. */
  readonly flags?: string
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  /** Null for no OPT record. */
  readonly edns?: EdnsText | null
  /** Whether the rest of the chain was asked. */
  readonly passed?: boolean
  /** No response at all shall be sent. */
  readonly dropped?: boolean
  /** Part of the message of the response's cause. */
  readonly cause?: string
}

/** How to compare. */
export interface Comparison {
  /** The order of records counts. */
  readonly inOrder?: boolean
  /** Whether the rest of the chain was asked, when that is known. */
  readonly passed?: boolean
}

/**
 * Compares a response with an expectation.
 * @throws an error with `actual` and `expected`, of which test runners show the difference.
 */
export function expectMessage(
  message: Message,
  expectation: Expectation,
  comparison: Comparison = {},
): void {
  const actual: Record<string, unknown> = { ...actualParts(message, comparison) }
  const expected: Record<string, unknown> = { ...expectedParts(expectation) }
  if (expectation.cause !== undefined && String(actual.cause).includes(expectation.cause)) {
    expected.cause = actual.cause
  }
  for (const key of Object.keys(actual)) if (expected[key] === undefined) delete actual[key]
  if (comparison.inOrder !== true) {
    sortLists(actual)
    sortLists(expected)
  }
  if (stableJson(actual) !== stableJson(expected)) {
    throw mismatch('the response is another one than expected', actual, expected)
  }
}

/** An error that test runners show as a difference. */
export function mismatch(message: string, actual: unknown, expected: unknown): Error {
  const parts = `\nactual:   ${stableJson(actual)}\nexpected: ${stableJson(expected)}`
  return Object.assign(new Error(message + parts), { actual, expected, showDiff: true })
}

/** JSON with keys in order, so that equal values give equal texts. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Uint8Array) return Array.from(inner)
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

type Parts = Partial<MessageText> & { passed?: boolean; dropped?: boolean; cause?: string }

function actualParts(message: Message, { passed }: Comparison): Parts {
  const known = passed === undefined ? {} : { passed }
  if (message.isDropped) return { ...known, dropped: true }
  const { cause } = message
  const causeText = cause instanceof Error ? cause.message : String(cause)
  return { ...known, dropped: false, cause: causeText, ...formatMessage(message) }
}

function expectedParts(expectation: Expectation): Parts {
  if (expectation.passed === true || expectation.dropped === true) return { ...expectation }
  return {
    rcode: 'NOERROR',
    answer: [],
    authority: [],
    additional: [],
    dropped: false,
    ...expectation,
  }
}

function sortLists(parts: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(parts)) {
    if (Array.isArray(value)) parts[key] = [...value].sort()
  }
}
