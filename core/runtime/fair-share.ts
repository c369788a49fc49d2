/**
 * Says how much of each client's datagrams to let in when more come than can be answered: who sends
 * little gets all of it in, and those who send most share alike what is left (max-min fairness).
 */

/** Clients by their addresses, with the share of their datagrams that is let in. */
export interface Admission {
  readonly clients: ReadonlyMap<string, number>
  /** The share of all others. */
  readonly others: number
}

/** Who sends less of everything than this is not looked at by itself. */
const HEAVY_SHARE = 1 / 20
export const MAX_HEAVY_CLIENTS = 16
/** What many small clients together leave to the heavy ones. */
const HEAVY_RESERVE = 1 / 10
/** What a window counts against those before it. */
const FRESH_WEIGHT = 1 / 2
const ALL: Admission = { clients: new Map(), others: 1 }

export class FairShare {
  /** Samples of this window. */
  readonly #samples = new Map<string, number>()
  /** What each client sends, as a share of everything; those seen now and then only are left out. */
  #shares = new Map<string, number>()
  #admission = ALL

  /** The client that sends the most, if one sends much. */
  get heaviest(): string | undefined {
    let heaviest: string | undefined
    let most = HEAVY_SHARE
    for (const [client, share] of this.#shares) {
      if (share < most) continue
      heaviest = client
      most = share
    }
    return heaviest
  }

  /** Takes note of a datagram that was let in. */
  sample(client: string): void {
    this.#samples.set(client, (this.#samples.get(client) ?? 0) + 1)
  }

  /**
   * Says what to let in after a window in which `arrivedPerMs` came, let in or not; `budgetPerMs` can
   * be answered. Undefined where that is enough for all.
   */
  plan(arrivedPerMs: number, budgetPerMs: number): Admission | undefined {
    const isEnough = arrivedPerMs <= budgetPerMs
    this.#admission = isEnough ? ALL : this.#share(budgetPerMs / arrivedPerMs)
    return isEnough ? undefined : this.#admission
  }

  /** Nothing of those who send most; undefined where nobody does. */
  withoutHeavy(): Admission | undefined {
    const { clients, others } = this.#admission
    if (clients.size === 0) return undefined
    return { clients: new Map([...clients.keys()].map((client) => [client, 0])), others }
  }

  /** Forgets everything: there was enough for all for a while. */
  reset(): void {
    this.#samples.clear()
    this.#shares.clear()
    this.#admission = ALL
  }

  /**
   * Learns from the samples of a window, before its {@link plan}: what arrived is what was let in,
   * and the part of each client that was not.
   */
  endWindow(): void {
    const { clients, others } = this.#admission
    const arrived = [...this.#samples].map(
      ([client, count]) => [client, count / (clients.get(client) ?? others)] as const,
    )
    this.#samples.clear()
    const total = arrived.reduce((sum, [, count]) => sum + count, 0)
    if (total === 0) return
    const shares = new Map<string, number>()
    const weight = this.#shares.size === 0 ? 1 : FRESH_WEIGHT
    for (const [client, share] of this.#shares) shares.set(client, share * (1 - weight))
    for (const [client, count] of arrived) {
      shares.set(client, (shares.get(client) ?? 0) + (count / total) * weight)
    }
    this.#shares = new Map([...shares].filter(([, share]) => share >= HEAVY_SHARE / 4))
  }

  /** Divides `budget`, of which everything that comes would take 1. */
  #share(budget: number): Admission {
    const heavy = [...this.#shares]
      .filter(([, share]) => share >= HEAVY_SHARE)
      .sort(([, left], [, right]) => left - right)
      .slice(-MAX_HEAVY_CLIENTS)
    const rest = Math.max(1 - heavy.reduce((sum, [, share]) => sum + share, 0), 0)
    const admitted = Math.min(rest, budget * (heavy.length === 0 ? 1 : 1 - HEAVY_RESERVE))
    let left = budget - admitted
    const clients = new Map<string, number>()
    // From the one that sends least: what it leaves of its part is the others'.
    for (const [i, [client, share]] of heavy.entries()) {
      const part = Math.min(share, left / (heavy.length - i))
      left -= part
      if (part < share) clients.set(client, part / share)
    }
    return { clients, others: rest === 0 ? 1 : admitted / rest }
  }
}
