/**
 * What clients have left of what they are allowed: an account for each category of responses, to
 * which time is credited and from which each response takes its interval. Bounded.
 */

/** How much can be saved up. */
const MAX_CREDIT_MS = 1000
/** Of a full table, how many of the oldest accounts are looked at for one that can go. */
const EVICTION_LOOKS = 16

interface Account {
  /** The next response is allowed from then on. */
  allowedAtMs: number
  exceeded: number
}

export class Accounts {
  readonly #windowMs: number
  readonly #maxSize: number
  readonly #accounts = new Map<string, Account>()

  /** An account can't be more than `windowMs` in debt. */
  constructor(windowMs: number, maxSize: number) {
    this.#windowMs = windowMs
    this.#maxSize = maxSize
  }

  get size(): number {
    return this.#accounts.size
  }

  /**
   * Takes `intervalMs` from an account. Returns how many times in a row it was in debt then, 0 when
   * it is not; always 0 for accounts that there is no room for.
   */
  debit(key: string, intervalMs: number, nowMs: number): number {
    const account = this.#accounts.get(key)
    if (account === undefined) {
      const allowedAtMs = nowMs - MAX_CREDIT_MS + intervalMs
      if (this.#hasRoom(nowMs)) this.#accounts.set(key, { allowedAtMs, exceeded: 0 })
      return 0
    }
    const credit = Math.min(nowMs - account.allowedAtMs, MAX_CREDIT_MS) - intervalMs
    const balance = Math.max(credit, -this.#windowMs)
    account.allowedAtMs = nowMs - balance
    account.exceeded = balance < 0 ? account.exceeded + 1 : 0
    return account.exceeded
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#accounts.size < this.#maxSize) return true
    let looks = 0
    for (const [key, { allowedAtMs }] of this.#accounts) {
      if (nowMs - allowedAtMs >= MAX_CREDIT_MS) {
        this.#accounts.delete(key)
        return true
      }
      if (++looks === EVICTION_LOOKS) break
    }
    return false
  }
}
