/**
 * One zone that is kept as a primary has it: transferred, looked after by the times of its SOA, and
 * served no more when it is too old (RFC 1034 4.3.5, RFC 1996).
 */

import {
  type AddressWithPort,
  formatAddressWithPort,
  type Host,
  type Message,
  type Name,
  parseRdata,
  type Rr,
  type Timer,
  Type,
} from '@fingerpost/sdk'
import type { ZoneReplies } from '@fingerpost/sdk/zone'
import { PrimaryExchange, primaryFault } from './primary-exchange.ts'

type ZoneSdk = typeof import('@fingerpost/sdk/zone')

// The first transfer is tried again after this long, then twice as long, up to the greatest.
const FIRST_RETRY_MS = 250
const MAX_FIRST_RETRY_MS = 10_000
// Secondaries that were started together should not ask together (as CoreDNS).
const REFRESH_JITTER_MS = 5000
const RETRY_JITTER_MS = 2000
// Times of a SOA outside of these limits are taken as the nearest limit; timers end at 24 days.
const MIN_INTERVAL_MS = 1000
const MAX_INTERVAL_MS = 20 * 86_400_000

/** What a generation leaves to the next one. */
export interface SecondaryState {
  readonly replies: ZoneReplies
  /** When the primary was last heard, by the monotonic clock. */
  readonly checkedMs: number
}

/** A secondary zone. */
export class SecondaryZone {
  readonly origin: Name
  readonly primaries: readonly AddressWithPort[]
  readonly #host: Host
  readonly #sdk: ZoneSdk
  #replies: ZoneReplies | undefined
  #checkedMs = 0
  #retryMs = FIRST_RETRY_MS
  #next: Timer | undefined
  #expiry: Timer | undefined
  #exchange: PrimaryExchange | undefined
  #checking: Promise<void> | undefined
  #isAskedAgain = false
  #isExpired = false
  #isClosed = false

  constructor(
    host: Host,
    sdk: ZoneSdk,
    origin: Name,
    primaries: readonly AddressWithPort[],
    inherited: SecondaryState | undefined,
  ) {
    this.#host = host
    this.#sdk = sdk
    this.origin = origin
    this.primaries = primaries
    this.#replies = inherited?.replies
    this.#checkedMs = inherited?.checkedMs ?? 0
  }

  /** Undefined as long as nothing was transferred, and when it is too old. */
  get replies(): ZoneReplies | undefined {
    return this.#isExpired ? undefined : this.#replies
  }

  /** What the next generation may take over. */
  get state(): SecondaryState | undefined {
    return this.#replies && { replies: this.#replies, checkedMs: this.#checkedMs }
  }

  /** Begins to look after the zone. */
  start(): void {
    if (this.#replies === undefined) void this.check()
    else this.#plan(this.#times.refreshMs, REFRESH_JITTER_MS)
    if (this.#replies !== undefined) this.#watchAge()
  }

  /** Asks the primaries whether there is something newer, and transfers it. Never rejects. */
  check(): Promise<void> {
    if (this.#checking !== undefined) {
      this.#isAskedAgain = true
      return this.#checking
    }
    this.#checking = this.#check().finally(() => {
      this.#checking = undefined
      if (!this.#isAskedAgain || this.#isClosed) return
      this.#isAskedAgain = false
      void this.check()
    })
    return this.#checking
  }

  close(): void {
    this.#isClosed = true
    this.#next?.cancel()
    this.#expiry?.cancel()
    this.#exchange?.abort()
  }

  async #check(): Promise<void> {
    this.#next?.cancel()
    for (const primary of this.primaries) {
      try {
        await this.#update(primary)
        if (this.#isClosed) return
        this.#succeed()
        return
      } catch (error) {
        if (this.#isClosed) return
        const reason = primaryFault(primary, error)
        this.#host.log.warning(`Failed to transfer \`${this.origin}' from ${reason}`)
      }
    }
    this.#fail()
  }

  /** Brings the zone to what one primary has. */
  async #update(primary: AddressWithPort): Promise<void> {
    const known = this.#replies?.data
    if (known !== undefined) {
      const serial = await this.#askSerial(primary)
      if (!this.#sdk.isNewer(serial, known.serial as number)) return
    }
    const data = await this.#transfer(primary)
    if (this.#isClosed || data === undefined) return
    this.#replies = new this.#sdk.ZoneReplies(data)
    this.#sdk.setZoneMetrics(this.#host, data)
    const from = formatAddressWithPort(primary)
    this.#host.log.info(`Transferred: ${this.origin} from ${from}, serial ${data.serial}`)
    this.#sdk.notifySecondaries(this.#host, this.origin)
  }

  async #askSerial(primary: AddressWithPort): Promise<number> {
    let soa: Rr | undefined
    await this.#ask(primary, Type.SOA, undefined, (message) => {
      soa = message.answer.find(({ type, owner }) => type === Type.SOA && owner.equals(this.origin))
      return true
    })
    if (soa === undefined || parseRdata(Type.SOA, soa.rdata) === undefined) {
      throw new Error('it gives no SOA')
    }
    return this.#sdk.serialOf(soa)
  }

  /** The changes if there is something they can refer to, the whole zone if that does not do. */
  async #transfer(primary: AddressWithPort) {
    const known = this.#replies?.data
    if (known === undefined) return this.#receive(primary, undefined)
    try {
      return await this.#receive(primary, known)
    } catch (error) {
      if (this.#isClosed) return undefined
      this.#host.log.info(`No changes of ${this.origin} from ${primaryFault(primary, error)}`)
      return this.#receive(primary, undefined)
    }
  }

  async #receive(primary: AddressWithPort, known: ZoneReplies['data'] | undefined) {
    const transfer = new this.#sdk.TransferIn(this.origin, known)
    const soa = known?.rrs(known.records.find(known.soaNode, Type.SOA), this.origin)[0]
    const qtype = known === undefined ? Type.AXFR : Type.IXFR
    await this.#ask(primary, qtype, soa, (message) => {
      for (const rr of recordsOf(message)) transfer.take(rr)
      transfer.endMessage()
      return transfer.isDone
    })
    const { result } = transfer
    if (result.kind === 'whole') return result.data
    return result.kind === 'changes' ? result.changes.apply(() => this.#pause()) : undefined
  }

  async #ask(
    primary: AddressWithPort,
    qtype: number,
    soa: Rr | undefined,
    onMessage: (message: Message) => boolean,
  ): Promise<void> {
    const question = { primary, zone: this.origin, qtype, soa }
    this.#exchange = new PrimaryExchange(this.#host, question, onMessage)
    await this.#exchange.run()
  }

  #succeed(): void {
    this.#checkedMs = this.#host.clock.now()
    this.#retryMs = FIRST_RETRY_MS
    this.#isExpired = false
    this.#plan(this.#times.refreshMs, REFRESH_JITTER_MS)
    this.#watchAge()
  }

  #fail(): void {
    this.#sdk.zoneFailures(this.#host, this.origin).add()
    if (this.#replies !== undefined) {
      this.#plan(this.#times.retryMs, RETRY_JITTER_MS)
      return
    }
    this.#plan(this.#retryMs, 0)
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_FIRST_RETRY_MS)
  }

  #plan(delayMs: number, jitterMs: number): void {
    this.#next?.cancel()
    const jitter = jitterMs > 0 ? this.#host.random.below(jitterMs) : 0
    this.#next = this.#host.clock.after(delayMs + jitter, () => void this.check())
  }

  /** Ends the service of the zone when no primary was heard for the time that its SOA says. */
  #watchAge(): void {
    this.#expiry?.cancel()
    const ageMs = this.#host.clock.now() - this.#checkedMs
    this.#expiry = this.#host.clock.after(Math.max(this.#times.expireMs - ageMs, 0), () => {
      this.#isExpired = true
      this.#host.log.error(`Zone ${this.origin} is expired: no primary could be reached`)
    })
  }

  get #times(): { refreshMs: number; retryMs: number; expireMs: number } {
    const data = this.#replies?.data as ZoneReplies['data']
    const { records } = data
    const soa = records.rdata(records.first(records.find(data.soaNode, Type.SOA)))
    const times = parseRdata(Type.SOA, soa)
    const limited = (seconds: number | undefined): number =>
      Math.min(Math.max((seconds ?? 0) * 1000, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
    return {
      refreshMs: limited(times?.refreshSeconds),
      retryMs: limited(times?.retrySeconds),
      expireMs: limited(times?.expireSeconds),
    }
  }

  #pause(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the server block ends'))
    return new Promise((resolve) => void this.#host.clock.after(0, resolve))
  }
}

/** The answer section, which must be readable to its end. */
function recordsOf(message: Message): Rr[] {
  const { answer, answerCount } = message
  if (answer.length !== answerCount) throw new Error('a message has malformed records')
  return answer
}
