/**
 * What becomes of one query: lines tried in order, upstreams tried by policy, replies judged.
 * Hot path: one object and one promise per query.
 */

import {
  type Answer,
  type Clock,
  DnsError,
  formatRcode,
  isReplyTo,
  Message,
  type Query,
  Rcode,
  type Transport,
} from '@fingerpost/sdk'
import type { Destination } from './destination.ts'
import type { Line } from './line.ts'
import type { Pending } from './pending.ts'
import { emptyTruncated, hasBrokenParams } from './reply-check.ts'
import type { Member, Upkeep } from './upkeep.ts'
import type { Upstream } from './upstream.ts'

/** After this time nothing is waited for; with the timer's grain a query ends within 4.5 s. */
export const MAX_QUERY_MS = 4300
/** Larger queries go over TCP: the system refuses datagrams near 64 KiB, with an error for all. */
const MAX_UDP_QUERY_SIZE = 4096

/** Forwards a query by the first line that takes it; passes when there is none. */
export function forward(lines: readonly Line[], query: Query, upkeep: Upkeep): Answer {
  const index = lineFor(lines, 0, query)
  if (index < 0) return undefined
  const line = lines[index] as Line
  if (!line.enter()) return line.refuse(query)
  const forwarding = new Forwarding(lines, index, query, upkeep)
  forwarding.start()
  return forwarding.answer
}

class Forwarding implements Pending, Member {
  readonly wire: Uint8Array
  id = 0
  expiresAt = 0
  readonly answer: Promise<Message | undefined>
  // TypeScript's private here: private names cost time in every constructor call.
  private readonly lines: readonly Line[]
  private readonly query: Query
  private readonly upkeep: Upkeep
  private readonly clock: Clock
  private readonly deadline: number
  private readonly startedAt: number
  private resolve!: (answer: Message | undefined) => void
  private index: number
  private line: Line
  private upstreams: readonly Upstream[]
  /** Indexes of upstreams in the order to try them; made when the first one did not do. */
  private order: readonly number[] | undefined
  private first: number
  /** How many of the order had their turn, and how many of these were down. */
  private tried = 0
  private downCount = 0
  private faultCount = 0
  private sentAt = 0
  private upstream: Upstream | undefined
  private isOverUdp = false
  private isPaused = false
  private lastFault: DnsError | undefined
  /** A reply that `failover` didn't accept, to be used when nothing better comes. */
  private lastReply: Message | undefined

  constructor(lines: readonly Line[], index: number, query: Query, upkeep: Upkeep) {
    const line = lines[index] as Line
    const clock = upkeep.clock
    const now = clock.now()
    this.wire = query.wire
    this.lines = lines
    this.query = query
    this.upkeep = upkeep
    this.clock = clock
    this.startedAt = now
    this.deadline = now + MAX_QUERY_MS
    this.index = index
    this.line = line
    this.upstreams = line.upstreams
    this.first = line.policy.first(line.upstreams.length)
    this.answer = new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  start(): void {
    this.attempt(this.startedAt)
  }

  onConnected(now: number): void {
    this.expiresAt = Math.min(now + this.line.readTimeoutMs, this.deadline)
  }

  onReply(reply: Uint8Array): void {
    const { query, line } = this
    const upstream = this.upstream as Upstream
    const now = this.clock.now()
    const isReply = isReplyTo(query, reply)
    let message = isReply ? Message.parse(reply) : undefined
    if (isReply && this.isOverUdp) {
      const isBroken = message === undefined || hasBrokenParams(query, message)
      if (isBroken || reply.length > query.maxReplySize) message = emptyTruncated(query, reply)
    } else if (isReply && (message === undefined || hasBrokenParams(query, message))) {
      this.onFault(new DnsError('upstream-malformed', 'malformed reply'))
      return
    }
    if (message === undefined) {
      this.mismatched()
      return
    }
    message.keepsQuestion = true
    const { rcode } = message
    this.tell(now, reply)
    upstream.observe(rcode, now - this.sentAt)
    query.trace?.(
      `${upstream.label} said ${formatRcode(rcode)} after ${Math.ceil(now - this.sentAt)} ms`,
    )
    if (this.isOverUdp && line.prefersUdp && message.isTruncated) {
      this.send(upstream, now, false)
      return
    }
    if (line.failsOver(rcode)) {
      this.lastReply = message
      this.attempt(now)
      return
    }
    this.judge(message, rcode)
  }

  onFault(fault: DnsError): void {
    this.lastFault = fault
    this.tell(this.clock.now(), undefined)
    this.query.trace?.(`${this.upstream?.label ?? 'upstream'} failed: ${fault.message}`)
    this.faultCount++
    const { line } = this
    if (fault.code === 'query-cancelled') {
      // The upstream was taken out of the configuration meanwhile: on with those that are in it.
      this.enlist(line)
    } else if (line.maxFails > 0) {
      this.upstream?.startCheck()
    }
    // All were down and one was asked all the same: no use in going on.
    if (this.downCount > 0 && this.downCount >= this.upstreams.length) this.giveUp()
    else this.attempt(this.clock.now())
  }

  /** The turn of upkeep that a round of attempts waited for. */
  tick(now: number): boolean {
    this.isPaused = false
    this.attempt(now)
    return this.isPaused
  }

  /** Sends the query to the next upstream whose turn it is. */
  private attempt(now: number): void {
    const { line, upstreams } = this
    const count = upstreams.length
    const maxAttempts = line.maxAttempts(count)
    for (;;) {
      if (
        count === 0 ||
        now >= this.deadline ||
        (maxAttempts > 0 && this.faultCount >= maxAttempts)
      ) {
        this.giveUp()
        return
      }
      if (this.tried >= count) {
        if (this.lastReply !== undefined) {
          this.giveUp()
          return
        }
        this.tried = 0
        this.downCount = 0
        // Without a limit, faults that come at once must not keep the processor busy.
        if (maxAttempts === 0) {
          this.isPaused = true
          this.upkeep.add(this)
          return
        }
      }
      const upstream = this.take()
      if (!upstream.isDown(line.maxFails)) {
        this.send(upstream, now, true)
        return
      }
      if (++this.downCount < count) continue
      line.countBroken()
      if (line.failsFast) {
        this.giveUp()
        return
      }
      const any = upstreams[line.policy.any(count)] as Upstream
      this.send(any, now, true)
      return
    }
  }

  private take(): Upstream {
    const turn = this.tried++
    if (turn === 0) return this.upstreams[this.first] as Upstream
    this.order ??= this.line.policy.order(this.first, this.upstreams.length)
    return this.upstreams[this.order[turn] as number] as Upstream
  }

  private send(upstream: Upstream, now: number, mayUseUdp: boolean): void {
    const { line } = this
    const wantsUdp = (line.prefersUdp || !this.query.isStream) && !line.forcesTcp
    const fitsUdp = upstream.hasUdp && this.wire.length <= MAX_UDP_QUERY_SIZE
    this.upstream = upstream
    this.isOverUdp = mayUseUdp && wantsUdp && fitsUdp
    this.sentAt = now
    this.expiresAt = Math.min(now + line.readTimeoutMs, this.deadline)
    this.query.metadata?.set('forward/upstream', upstream.label)
    this.query.trace?.(`asks ${upstream.label} over ${this.isOverUdp ? 'UDP' : 'a stream'}`)
    upstream.send(this, this.isOverUdp)
  }

  private tell(now: number, reply: Uint8Array | undefined): void {
    const { observer } = this.line
    if (observer === undefined || this.upstream === undefined) return
    const { destination } = this.upstream
    observer.onExchange({
      query: this.query,
      upstream: { address: destination.host, port: destination.port },
      transport: this.isOverUdp ? 'udp' : streamOf(destination.transport),
      durationMs: now - this.sentAt,
      reply,
    })
  }

  /** A reply to another question: the client learns that something is wrong, as from CoreDNS. */
  private mismatched(): void {
    const cause = new DnsError('upstream-mismatch', 'reply does not match the question', {
      rcode: Rcode.FORMERR,
    })
    this.finish(this.query.reply({ rcode: Rcode.FORMERR, cause }))
  }

  private judge(message: Message, rcode: number): void {
    const isLast = this.index === this.lines.length - 1
    if (isLast || !this.line.passes(rcode, message.answerCount)) this.finish(message)
    else this.passOn()
  }

  /** Goes on with the next line that takes the query; without one the query leaves *forward*. */
  private passOn(): void {
    const index = lineFor(this.lines, this.index + 1, this.query)
    if (index < 0) {
      this.finish(undefined)
      return
    }
    const line = this.lines[index] as Line
    this.line.leave()
    this.line = line
    if (!line.enter()) {
      this.resolve(line.refuse(this.query))
      return
    }
    this.index = index
    this.enlist(line)
    this.faultCount = 0
    this.lastFault = undefined
    this.lastReply = undefined
    this.attempt(this.clock.now())
  }

  /** Begins a first round over a line's upstreams. */
  private enlist(line: Line): void {
    this.upstreams = line.upstreams
    this.first = line.policy.first(line.upstreams.length)
    this.order = undefined
    this.tried = 0
    this.downCount = 0
  }

  private giveUp(): void {
    if (this.lastReply !== undefined) {
      this.judge(this.lastReply, this.lastReply.rcode)
      return
    }
    const cause = this.lastFault ?? new DnsError('no-healthy-upstream', 'no healthy proxies')
    this.finish(this.query.reply({ rcode: Rcode.SERVFAIL, cause }))
  }

  private finish(answer: Message | undefined): void {
    this.line.leave()
    this.resolve(answer)
  }
}

function streamOf(transport: Destination['transport']): Transport {
  return transport === 'dns' ? 'tcp' : transport
}

function lineFor(lines: readonly Line[], from: number, query: Query): number {
  for (let i = from; i < lines.length; i++) if ((lines[i] as Line).takes(query)) return i
  return -1
}
