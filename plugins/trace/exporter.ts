/** Sends spans in batches to where they are kept. Nothing here makes a query wait. */

import type { Counter, Host, Timer } from '@fingerpost/sdk'
import type { ComposeSpans } from './compose-spans.ts'
import type { Span } from './span.ts'

/** Time for a receiver to take a batch. */
export const EXPORT_TIMEOUT_MS = 5000

/** Where spans go, and how many at a time. */
export interface ExporterOptions {
  readonly url: string
  readonly service: string
  readonly compose: ComposeSpans
  /** Spans that may wait. */
  readonly maxBacklog: number
  readonly maxBatch: number
  readonly intervalMs: number
}

/** Keeps spans until they are sent; one batch is under way at a time. */
export class Exporter {
  readonly #options: ExporterOptions
  readonly #host: Host
  readonly #dropped: Counter
  #waiting: Span[] = []
  #timer: Timer | undefined
  #underWay: Promise<void> | undefined
  #isOutageKnown = false
  #isEnded = false

  constructor(options: ExporterOptions, host: Host) {
    this.#options = options
    this.#host = host
    this.#dropped = host.counter(
      'fingerpost_trace_dropped_total',
      'Spans that were not taken: the receiver was away or slow.',
    )
  }

  readonly add = (span: Span): void => {
    if (this.#isEnded || this.#waiting.length >= this.#options.maxBacklog) {
      this.#dropped.add()
      return
    }
    this.#waiting.push(span)
    if (this.#waiting.length >= this.#options.maxBatch) this.#send()
    else this.#timer ??= this.#host.clock.after(this.#options.intervalMs, () => this.#send())
  }

  /** Sends what is left, with one try and no more than {@link EXPORT_TIMEOUT_MS} for all of it. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    const endMs = this.#host.clock.now() + EXPORT_TIMEOUT_MS
    while (this.#underWay !== undefined || this.#waiting.length > 0) {
      if (this.#host.clock.now() >= endMs) break
      this.#send()
      await this.#underWay
    }
    this.#isEnded = true
    this.#timer?.cancel()
    this.#dropped.add(this.#waiting.length)
    this.#waiting = []
  }

  #send(): void {
    if (this.#underWay !== undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
    const batch = this.#waiting.splice(0, this.#options.maxBatch)
    if (batch.length === 0) return
    this.#underWay = this.#export(batch).finally(() => {
      this.#underWay = undefined
      if (this.#waiting.length >= this.#options.maxBatch) this.#send()
      else if (this.#waiting.length > 0 && !this.#isEnded) {
        this.#timer ??= this.#host.clock.after(this.#options.intervalMs, () => this.#send())
      }
    })
  }

  /** Never rejects. */
  async #export(batch: readonly Span[]): Promise<void> {
    const { url, service, compose } = this.#options
    const { clock, log } = this.#host
    const abort = new AbortController()
    const timer = clock.after(EXPORT_TIMEOUT_MS, () => {
      abort.abort(new Error(`no response within ${EXPORT_TIMEOUT_MS / 1000} seconds`))
    })
    try {
      const response = await this.#host.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: compose(batch, service),
        signal: abort.signal,
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`it says ${response.status} ${response.statusText}`.trim())
      if (this.#isOutageKnown) log.info(`${url}: spans are taken again`)
      this.#isOutageKnown = false
    } catch (error) {
      this.#dropped.add(batch.length)
      const reason = error instanceof Error ? error.message : String(error)
      if (!this.#isOutageKnown) log.error(`${url}: ${reason}; spans are dropped meanwhile`)
      this.#isOutageKnown = true
    } finally {
      timer.cancel()
    }
  }
}
