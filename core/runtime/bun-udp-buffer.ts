/**
 * Keeps a UDP socket from being flooded. Its receive buffer is wide while the server keeps up: a
 * start or a reload under load takes longer than the system's usual buffer lasts (about 270 small
 * queries). When more comes than can be answered, two things would happen: a queue that stands there
 * makes every answer late, until clients have asked again; and Bun, which reads a socket until it is
 * empty, would never get to anything else. So a standing queue is cut to what can be answered
 * within {@link MAX_WAIT_MS}, and a turn of the event loop that does not end has the kernel drop
 * what comes until it has. Drops by the kernel cost least.
 */

import { type Libc, openLibc } from './bun-libc.ts'
import type { DatagramReceiver } from './runtime.ts'

/** The room that is asked for, 4 MiB, as the kernel counts it: twice. */
const WIDE_BYTES = 8 << 20
/** What a small datagram takes of the buffer, with the kernel's own memory. */
const DATAGRAM_BYTES = 768
const MIN_BYTES = 64 * DATAGRAM_BYTES
/** The kernel takes up to a quarter of the buffer back from the count only when it is empty. */
const LAZY_SHARE = 1 / 4
/** How long datagrams may wait once they stand in a queue. */
const MAX_WAIT_MS = 5
/** How long a turn lasts before a queue counts as standing, and before it is made to end. */
const STANDING_MS = 10
const MAX_TURN_MS = 40
/** A turn with fewer datagrams was long for another reason, garbage collection say. */
const LONG_TURN_DATAGRAMS = 1024
/** Without a queue that had to be cut for so long, the buffer is wide again. */
const CALM_MS = 500
/** How many datagrams are received between two looks. */
export const LOOK_INTERVAL = 128

const SOL_SOCKET = 1
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
  /** Has the kernel drop all that comes, or no longer. */
  bar(isBarred: boolean): void
  /** Octets waiting, and datagrams dropped since the socket was opened. */
  look(): { readonly queuedBytes: number; readonly drops: number }
  now(): number
  /** Runs `run` when this turn of the event loop ends. */
  afterTurn(run: () => void): void
}

/** Who hears of what is done. */
export type OverloadReceiver = Pick<DatagramReceiver, 'onDropped' | 'onLongTurn'>

/** The receive buffer of one socket. */
export class ReceiveBuffer {
  /** Whether what was received is too old to be answered. */
  isShedding = false
  readonly #calls: BufferCalls
  readonly #receiver: OverloadReceiver
  #limitBytes = WIDE_BYTES
  #cutMs = 0
  #drops: number
  #isInTurn = false
  #turnMs = 0
  #inTurn = 0
  #barredMs = Number.NaN

  constructor(calls: BufferCalls, receiver: OverloadReceiver) {
    this.#calls = calls
    this.#receiver = receiver
    calls.resize(this.#limitBytes)
    this.#drops = calls.look().drops
  }

  /** To be called after each {@link LOOK_INTERVAL} datagrams. */
  look(): void {
    const nowMs = this.#calls.now()
    if (!this.#isInTurn) {
      this.#isInTurn = true
      this.#turnMs = nowMs
      this.#inTurn = 0
      this.#calls.afterTurn(() => this.#endTurn())
      if (this.#isCut) this.#takeStock(nowMs)
      return
    }
    this.#inTurn += LOOK_INTERVAL
    if (!Number.isNaN(this.#barredMs)) {
      // All that is left came before.
      if (nowMs - this.#barredMs > MAX_WAIT_MS) this.isShedding = true
      return
    }
    const turnMs = nowMs - this.#turnMs
    if (turnMs < STANDING_MS) return
    const perMs = this.#inTurn / turnMs
    const wantedBytes = Math.max(Math.round(perMs * MAX_WAIT_MS * DATAGRAM_BYTES), MIN_BYTES)
    const isEndless = turnMs >= MAX_TURN_MS && this.#inTurn >= LONG_TURN_DATAGRAMS
    if (isEndless || this.#isStanding(wantedBytes)) this.#cutMs = nowMs
    // Clients that wait for answers would go on asking, and a turn that was long for another reason
    // would never end.
    else if (!this.#isCut) return
    this.#resize(Math.min(wantedBytes, WIDE_BYTES))
    this.#receiver.onLongTurn()
    if (!isEndless) return
    this.#barredMs = nowMs
    this.#calls.bar(true)
  }

  get #isCut(): boolean {
    return this.#limitBytes < WIDE_BYTES
  }

  #isStanding(wantedBytes: number): boolean {
    return this.#calls.look().queuedBytes > wantedBytes + this.#limitBytes * LAZY_SHARE
  }

  #takeStock(nowMs: number): void {
    const { drops } = this.#calls.look()
    if (drops !== this.#drops) {
      this.#receiver.onDropped((drops - this.#drops) >>> 0)
      this.#drops = drops
      this.#cutMs = nowMs
    } else if (nowMs - this.#cutMs >= CALM_MS) this.#resize(WIDE_BYTES)
  }

  #endTurn(): void {
    this.#isInTurn = false
    if (Number.isNaN(this.#barredMs)) return
    this.#barredMs = Number.NaN
    this.isShedding = false
    this.#calls.bar(false)
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
  // One instruction, `return 0`: nothing of the datagram is let through (linux/filter.h).
  const filter = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0)
  const program = BigUint64Array.of(1n, BigInt(ptr(filter)))
  return {
    resize(bytes) {
      size[0] = bytes / 2
      for (const option of [SO_RCVBUF, SO_RCVBUFFORCE]) {
        libc.setsockopt(fd, SOL_SOCKET, option, ptr(size), size.byteLength)
      }
    },
    bar(isBarred) {
      const option = isBarred ? SO_ATTACH_FILTER : SO_DETACH_FILTER
      libc.setsockopt(fd, SOL_SOCKET, option, ptr(program), program.byteLength)
    },
    look() {
      infoBytes[0] = info.byteLength
      libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, ptr(info), ptr(infoBytes))
      return { queuedBytes: info[RMEM_ALLOC] as number, drops: info[DROPS] as number }
    },
    now: () => performance.now(),
    afterTurn: (run) => void setImmediate(run),
  }
}
