/**
 * What an API server answers instead of what was asked for: a status other than 200, with a
 * `Status` object that says why.
 */

import { HttpSyntaxError, HttpTooLate, type ResponseHead } from '@fingerpost/sdk'

/** Retry-After is believed up to this. */
const MAX_RETRY_AFTER_MS = 60_000

/** An answer that is a refusal. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault'
  /** Of HTTP, or the `code` of an ERROR event. */
  readonly status: number
  /** How long the server wants to be left alone; 0 when it doesn't say. */
  readonly retryAfterMs: number

  constructor(status: number, message: string, retryAfterMs = 0) {
    super(`status ${status}${message === '' ? '' : `: ${message}`}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }

  /** Whether versions (or a page's token) that the server has forgotten were asked for. */
  get isGone(): boolean {
    return this.status === 410
  }
}

/** An answer that makes no sense: no JSON, the wrong kind, too long. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}

/**
 * What went wrong: `gone`, the server has forgotten what was asked for; `refused`, another status
 * than 200; `garbage`, the answer makes no sense; `silent`, nothing came in time; `lost`, there is
 * no connection.
 */
export type FaultReason = 'gone' | 'refused' | 'garbage' | 'silent' | 'lost'

/** Tells what a request failed of. */
export function reasonOf(error: unknown): FaultReason {
  if (error instanceof ApiFault) return error.isGone ? 'gone' : 'refused'
  if (error instanceof HttpTooLate) return 'silent'
  const isGarbage = [WrongAnswer, HttpSyntaxError, SyntaxError, RangeError].some(
    (one) => error instanceof one,
  )
  return isGarbage ? 'garbage' : 'lost'
}

/** The fault that a response with another status than 200 stands for. */
export function faultOfResponse(head: ResponseHead, body: string): ApiFault {
  return new ApiFault(head.status, messageOf(body), retryAfterMs(head))
}

/** The fault in an ERROR event of a watch, whose object is a `Status`. */
export function faultOfStatus(status: unknown): ApiFault {
  const { code, message } = asRecord(status)
  return new ApiFault(typeof code === 'number' ? code : 500, text(message))
}

function messageOf(body: string): string {
  try {
    return text(asRecord(JSON.parse(body)).message)
  } catch {
    return text(body.trim())
  }
}

function retryAfterMs({ fields }: ResponseHead): number {
  // The form with a date depends on two clocks agreeing; API servers send seconds.
  const seconds = fields.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(seconds) ? Math.min(Number(seconds) * 1000, MAX_RETRY_AFTER_MS) : 0
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** A short piece of text that fits one line of the log. */
function text(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200) : ''
}
