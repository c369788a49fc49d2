/**
 * Work that comes in bursts, done in turns: what comes while a turn is long enough already waits
 * for the next one, so that queries are answered in between.
 */

import type { Clock } from '@fingerpost/sdk'

/** How long queries may have to wait. */
const MAX_TURN_MS = 1
/** A text that does not fit in any more is done at once, with all that is before it. */
const MAX_WAITING_CHARS = 16 * 1024 * 1024

/** Hands texts over one by one in the order in which they came, some at once and some later. */
export class Backlog {
  readonly #clock: Clock
  readonly #run: (text: string) => void
  readonly #onFault: (error: Error) => void
  #turnEndsMs = 0
  #waiting: string[] = []
  #waitingChars = 0
  #fault: Error | undefined
  /** Ends the wait of `drain`. */
  #settle: (() => void) | undefined

  /** `onFault` is told when `run` threw for a text that had waited; the others are dropped then. */
  constructor(clock: Clock, run: (text: string) => void, onFault: (error: Error) => void) {
    this.#clock = clock
    this.#run = run
    this.#onFault = onFault
  }

  /** A burst begins. */
  begin(): void {
    this.#turnEndsMs = this.#clock.now() + MAX_TURN_MS
  }

  /** @throws whatever `run` throws, unless the text waits */
  add(text: string): void {
    if (this.#fault !== undefined) return
    if (this.#waiting.length === 0 && !this.#isTurnOver) {
      this.#run(text)
      return
    }
    this.#waiting.push(text)
    this.#waitingChars += text.length
    if (this.#waiting.length === 1) this.#clock.after(0, () => this.#turn())
    if (this.#waitingChars > MAX_WAITING_CHARS) this.#work(() => false)
  }

  /** Resolves when nothing waits any more; rejects with the fault if there was one. */
  async drain(): Promise<void> {
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve
      })
    }
    if (this.#fault !== undefined) throw this.#fault
  }

  get #isTurnOver(): boolean {
    return this.#clock.now() >= this.#turnEndsMs
  }

  #turn(): void {
    this.begin()
    this.#work(() => this.#isTurnOver)
    if (this.#waiting.length > 0) this.#clock.after(0, () => this.#turn())
    else this.#settle?.()
  }

  #work(isOver: () => boolean): void {
    let count = 0
    try {
      while (count < this.#waiting.length) {
        const text = this.#waiting[count++] as string
        this.#waitingChars -= text.length
        this.#run(text)
        if (isOver()) break
      }
    } catch (error) {
      count = this.#waiting.length
      this.#waitingChars = 0
      this.#fault = error as Error
      this.#onFault(this.#fault)
    }
    this.#waiting = this.#waiting.slice(count)
  }
}
