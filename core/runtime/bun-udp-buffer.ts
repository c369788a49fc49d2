/**
 * Keeps a UDP socket from being flooded. Its receive buffer is wide while the server keeps up: a
 * start or a reload under load takes longer than the system's usual buffer lasts (about 270 small
 * queries). When more comes than can be answered, two things would happen: a queue that stands there
 * makes every answer late, until clients have asked again; and Bun, which reads a socket until it is
 * empty, would never get to anything else. So a standing queue is cut to what can be answered within
 * {@link MAX_WAIT_MS}; then the kernel lets in of each client's datagrams what leaves all others
 * their part ({@link FairShare}), somewhat less than can be answered; and while a turn of the event
 * loop does not end all the same, it lets in nothing of those who send most, or nothing at all. Drops
 * by the kernel cost least.
 */

import { admissionFilter, barringFilter } from './admission-filter.ts'
import { type Libc, openLibc, SOL_SOCKET } from './bun-libc.ts'
import { MAX_BATCH } from './bun-udp-receiver.ts'
import { type Admission, FairShare } from './fair-share.ts'
import type { DatagramReceiver } from './runtime.ts'

/** The room that is asked for, 4 MiB, as the kernel counts it: twice. */
const WIDE_BYTES = 8 << 20
/** What a small datagram takes of the buffer, with the kernel's own memory. */
const DATAGRAM_BYTES = 768
const MIN_BYTES = 64 * DATAGRAM_BYTES
/** The kernel takes up to a quarter of the buffer back from the count only when it is empty. */
const LAZY_SHARE = 1 / 4
/** A size that is so near to the last one is not worth a system call. */
const MIN_CHANGE = 1 / 8
/** How long datagrams may wait once they stand in a queue. */
const MAX_WAIT_MS = 10
/** Datagrams that have left the queue and wait all the same. */
const READ_AHEAD = MAX_BATCH
/** How long replies wait in a turn that does not end. */
const SEND_MS = 2
/** How long a turn lasts before a queue counts as standing, and before it is made to end. */
const STANDING_MS = 10
const MAX_TURN_MS = 40
/** A turn with fewer datagrams was long for another reason, garbage collection say. */
const LONG_TURN_DATAGRAMS = 1024
/** Without a queue that had to be cut for so long, the buffer is wide again. */
const CALM_MS = 500
/** How often it is looked at what clients send while the buffer is cut. */
const WINDOW_MS = 25
/** The same where nothing comes any more. */
const REVIEW_MS = 50
/** How much of what can be answered is let in: the queue has to get empty now and then. */
const LOAD = 0.98
/** What can be answered counts as more again when the queue was empty all the time. */
const GROWTH = 1.05
/** How many datagrams are received between two looks. */
export const LOOK_INTERVAL = 128
/** The same between two samples, while the buffer is cut. */
export const SAMPLE_INTERVAL = 16

const SO_RCVBUF = 8
const SO_ATTACH_FILTER = 26
const SO_DETACH_FILTER = 27
/** As large as it says, whatever the limit of the system (NET_ADMIN), which a node's server may. */
const SO_RCVBUFFORCE = 33
const SO_MEMINFO = 55
/** Fields of SO_MEMINFO (linux/sock_diag.h): octets in the receive queue, datagrams dropped. */
const RMEM_ALLOC = 0
const DROPS = 8
const MEMINFO_FIELDS = 9

/** What is needed of the system. */
export interface BufferCalls {
  /** Sets the size of the receive buffer, in octets as the kernel counts them. */
  resize(bytes: number): void
  /** Has the kernel ask this program what to let in; everything without one. */
  filter(program: Uint8Array | undefined): void
  /** Octets waiting, and datagrams dropped since the socket was opened, those of filters included. */
  look(): { readonly queuedBytes: number; readonly drops: number }
  now(): number
  /** Runs `run` when this turn of the event loop ends. */
  afterTurn(run: () => void): void
  after(ms: number, run: () => void): void
}

/** Who hears of what is done. */
export type OverloadReceiver = Pick<DatagramReceiver, 'onDropped' | 'onLongTurn'>

/** The receive buffer of one socket. */
export class ReceiveBuffer {
  /** Whether what was received is too old to be answered. */
  isShedding = false
  readonly #calls: BufferCalls
  readonly #receiver: OverloadReceiver
  readonly #fairShare = new FairShare()
  #limitBytes = WIDE_BYTES
  #cutMs = 0
  #drops: number
  #isInTurn = false
  #turnMs = 0
  #inTurn = 0
  /** Who is not let in, so that the turn ends. */
  #bar: 'heavy' | 'all' | undefined
  #barredMs = 0
  #isClosed = false
  #shed = 0
  /** Datagrams in the queue that came before it was cut, and are not to be answered. */
  #tooOld = 0
  #interval = LOOK_INTERVAL
  #sinceLook = 0
  /** What can be answered, as the last long turn told. */
  #perMs = 0
  #sentMs = 0
  #windowMs = 0
  #inWindow = 0
  #droppedInWindow = 0
  #wasStanding = false
  #filter: Uint8Array | undefined

  constructor(calls: BufferCalls, receiver: OverloadReceiver) {
    this.#calls = calls
    this.#receiver = receiver
    calls.resize(this.#limitBytes)
    this.#drops = calls.look().drops
  }

  /**
   * To be called with the client of a datagram, first after {@link LOOK_INTERVAL} of them; returns
   * after how many more the next time.
   */
  look(client: string): number {
    const nowMs = this.#calls.now()
    this.#sinceLook += this.#interval
    if (this.#isCut) {
      this.#fairShare.sample(client)
      this.#shedSome()
      if (nowMs - this.#sentMs >= SEND_MS) {
        this.#sentMs = nowMs
        this.#receiver.onLongTurn()
      }
    }
    if (this.#sinceLook >= LOOK_INTERVAL) this.#lookAtTurns(nowMs)
    this.#interval = this.#isCut ? SAMPLE_INTERVAL : LOOK_INTERVAL
    return this.#interval
  }

  /** Takes note of a datagram that was received, and is too old. */
  shed(): void {
    this.#shed++
  }

  /** The socket is closed: nothing is asked of it any more. */
  close(): void {
    this.#isClosed = true
  }

  #lookAtTurns(nowMs: number): void {
    this.#inWindow += this.#sinceLook
    if (this.#isCut) this.#review(nowMs)
    if (!this.#isInTurn) this.#beginTurn(nowMs)
    else this.#lookAtTurn(nowMs)
    this.#sinceLook = 0
  }

  #beginTurn(nowMs: number): void {
    this.#isInTurn = true
    this.#turnMs = nowMs
    this.#inTurn = 0
    this.#calls.afterTurn(() => this.#endTurn())
  }

  #lookAtTurn(nowMs: number): void {
    this.#inTurn += this.#sinceLook
    if (this.#bar !== undefined) {
      if (nowMs - this.#barredMs > MAX_WAIT_MS) this.#barMore(nowMs)
      return
    }
    const turnMs = nowMs - this.#turnMs
    if (turnMs < STANDING_MS) return
    const perMs = this.#inTurn / turnMs
    const wanted = Math.round(perMs * MAX_WAIT_MS) - READ_AHEAD
    const wantedBytes = Math.max(wanted * DATAGRAM_BYTES, MIN_BYTES)
    const isEndless = turnMs >= MAX_TURN_MS && this.#inTurn >= LONG_TURN_DATAGRAMS
    if (isEndless || this.#isStanding(wantedBytes)) {
      if (!this.#isCut) this.#beginCut(nowMs, wantedBytes)
      this.#cutMs = nowMs
    }
    // Clients that wait for answers would go on asking, and a turn that was long for another reason
    // would never end.
    else if (!this.#isCut) return
    this.#perMs = perMs
    this.#wasStanding = true
    const isNear = Math.abs(wantedBytes / this.#limitBytes - 1) < MIN_CHANGE
    if (!isNear) this.#resize(Math.min(wantedBytes, WIDE_BYTES))
    if (isEndless) this.#barBy(this.#fairShare.withoutHeavy(), nowMs)
  }

  #barBy(admission: Admission | undefined, nowMs: number): void {
    this.#barredMs = nowMs
    this.#bar = admission === undefined ? 'all' : 'heavy'
    this.#calls.filter(admission === undefined ? barringFilter : admissionFilter(admission))
  }

  /** The turn goes on, though what came before was answered meanwhile. */
  #barMore(nowMs: number): void {
    if (this.#bar === 'heavy') this.#barBy(undefined, nowMs)
    // All that is left came before.
    else {
      this.isShedding = true
      this.#tooOld = 0
    }
  }

  get #isCut(): boolean {
    return this.#limitBytes < WIDE_BYTES
  }

  #isStanding(wantedBytes: number): boolean {
    return this.#calls.look().queuedBytes > this.#standingBytes(wantedBytes)
  }

  /** From so many octets on a queue surely is longer than wanted. */
  #standingBytes(wantedBytes: number): number {
    return wantedBytes + this.#limitBytes * LAZY_SHARE
  }

  #takeStock(nowMs: number): void {
    const { drops } = this.#calls.look()
    if (drops !== this.#drops || this.#shed > 0) {
      const count = (drops - this.#drops) >>> 0
      this.#receiver.onDropped(count + this.#shed, this.#fairShare.heaviest)
      this.#shed = 0
      this.#droppedInWindow += count
      this.#drops = drops
      this.#cutMs = nowMs
    } else if (nowMs - this.#cutMs >= CALM_MS) {
      this.#resize(WIDE_BYTES)
      this.#fairShare.reset()
      this.#admit(undefined)
    }
  }

  #beginCut(nowMs: number, wantedBytes: number): void {
    this.#openWindow(nowMs)
    // What stands at the head of the queue has waited for too long already.
    const excessBytes = this.#calls.look().queuedBytes - this.#standingBytes(wantedBytes)
    this.#tooOld = Math.max(Math.floor(excessBytes / DATAGRAM_BYTES), 0)
    this.isShedding = this.#tooOld > 0
    // Who sent much may send little from one moment to the next: then no look would come.
    const review = (): void => {
      if (this.#isClosed || !this.#isCut) return
      this.#review(this.#calls.now())
      this.#calls.after(REVIEW_MS, review)
    }
    this.#calls.after(REVIEW_MS, review)
  }

  /** Those that were too old when the buffer was cut are gone when so many were received. */
  #shedSome(): void {
    if (this.#tooOld <= 0) return
    this.#tooOld -= this.#interval
    if (this.#tooOld <= 0) this.isShedding = false
  }

  #openWindow(nowMs: number): void {
    this.#windowMs = nowMs
    this.#inWindow = 0
    this.#droppedInWindow = 0
    this.#wasStanding = false
  }

  /** Looks at what came since the last time, and says what is let in. */
  #review(nowMs: number): void {
    const passedMs = nowMs - this.#windowMs
    if (passedMs < WINDOW_MS || this.#bar !== undefined) return
    this.#fairShare.endWindow()
    this.#takeStock(nowMs)
    if (!this.#isCut) return
    if (!this.#wasStanding) this.#perMs *= GROWTH
    const arrivedPerMs = (this.#inWindow + this.#droppedInWindow) / passedMs
    const admission = this.#fairShare.plan(arrivedPerMs, this.#perMs * LOAD)
    this.#admit(admission && admissionFilter(admission))
    this.#openWindow(nowMs)
  }

  #admit(filter: Uint8Array | undefined): void {
    if (filter === undefined && this.#filter === undefined) return
    this.#filter = filter
    this.#calls.filter(filter)
  }

  #endTurn(): void {
    this.#isInTurn = false
    // All that waited was read.
    this.#tooOld = 0
    this.isShedding = false
    if (this.#bar === undefined || this.#isClosed) return
    this.#bar = undefined
    this.#calls.filter(this.#filter)
  }

  #resize(bytes: number): void {
    if (bytes === this.#limitBytes) return
    this.#limitBytes = bytes
    this.#calls.resize(bytes)
  }
}

/** Opens the receive buffer of a socket; undefined where the system can't be asked. */
export async function openReceiveBuffer(
  fd: number,
  receiver: OverloadReceiver,
): Promise<ReceiveBuffer | undefined> {
  const libc = await openLibc()
  // Without one the usual buffer has to do.
  return libc && new ReceiveBuffer(systemCalls(libc, fd), receiver)
}

function systemCalls(libc: Libc, fd: number): BufferCalls {
  const { ptr } = libc
  const size = new Int32Array(1)
  const info = new Uint32Array(MEMINFO_FIELDS)
  const infoBytes = Uint32Array.of(info.byteLength)
  return {
    resize(bytes) {
      size[0] = bytes / 2
      for (const option of [SO_RCVBUF, SO_RCVBUFFORCE]) {
        libc.setsockopt(fd, SOL_SOCKET, option, ptr(size), size.byteLength)
      }
    },
    filter(code) {
      if (code !== undefined) libc.attach(fd, SO_ATTACH_FILTER, code)
      else libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, ptr(size), size.byteLength)
    },
    look() {
      infoBytes[0] = info.byteLength
      libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, ptr(info), ptr(infoBytes))
      return { queuedBytes: info[RMEM_ALLOC] as number, drops: info[DROPS] as number }
    },
    now: () => performance.now(),
    afterTurn: (run) => void setImmediate(run),
    after: (ms, run) => void setTimeout(run, ms).unref(),
  }
}
