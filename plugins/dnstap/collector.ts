/**
 * The connection to one collector: made again and again when it is lost, with frames kept meanwhile
 * as far as there is room. Nothing here makes a query wait.
 */

import type { Clock, Counter, Logger, Network, StreamSocket, Timer } from '@fingerpost/sdk'
import type { Endpoint } from './endpoint.ts'
import { FrameQueue } from './frame-queue.ts'
import {
  CONTENT_TYPE,
  Control,
  type ControlFrame,
  ControlReader,
  composeControl,
} from './frame-stream.ts'

/** Time for a connection to be made. */
export const CONNECT_TIMEOUT_MS = 5000
/** Time for the collector to say that it accepts, and at the end that it has got everything. */
export const HANDSHAKE_TIMEOUT_MS = 2000
/** The wait before a connection is tried again; doubled each time. */
export const MIN_RETRY_MS = 1000
export const MAX_RETRY_MS = 30_000
/** Frames are sent together: after this time, … */
export const FLUSH_INTERVAL_MS = 250
/** … or as soon as there are so many octets. */
export const FLUSH_SIZE: number = 64 * 1024

/** What a collector is reached by. */
export interface CollectorOptions {
  readonly endpoint: Endpoint
  readonly isUnverified: boolean
  /** Octets that may be under way to a collector that is slow. */
  readonly maxUnsentSize: number
  readonly queueUnits: number
}

/** What a collector needs of its surroundings. */
export interface CollectorSurroundings {
  readonly clock: Clock
  readonly network: Network
  readonly log: Logger
  /** Counts frames that were not sent. */
  readonly dropped: Counter
}

/** Sends frames to a collector. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #around: CollectorSurroundings
  readonly #queue: FrameQueue
  #socket: StreamSocket | undefined
  #control = new ControlReader()
  #state: 'waiting' | 'greeting' | 'open' | 'ending' | 'ended' = 'waiting'
  #timer: Timer | undefined
  #flushTimer: Timer | undefined
  #retryMs = MIN_RETRY_MS
  #isOutageKnown = false
  /** Tells connections apart: what an old one says does not count. */
  #connection = 0
  #onEnded: () => void = () => {}

  constructor(options: CollectorOptions, around: CollectorSurroundings) {
    this.#options = options
    this.#around = around
    this.#queue = new FrameQueue(options.queueUnits)
  }

  /** Begins to connect. */
  start(): void {
    if (this.#state === 'waiting') this.#dial()
  }

  /** Takes a frame; its octets may be used again. */
  send(frame: Uint8Array): void {
    if (this.#state === 'ended' || !this.#queue.push(frame)) this.#around.dropped.add()
    else if (this.#state === 'open') this.#flushSoon()
  }

  /** Sends what is left, if the collector takes it, and closes the connection. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#flush()
      this.#socket?.write(composeControl(Control.STOP))
      this.#state = 'ending'
      this.#timer?.cancel()
      this.#timer = this.#around.clock.after(HANDSHAKE_TIMEOUT_MS, () => this.#end())
      await new Promise<void>((resolve) => {
        this.#onEnded = resolve
      })
    }
    this.#end()
  }

  #dial(): void {
    const { endpoint, isUnverified } = this.#options
    const connection = ++this.#connection
    this.#control = new ControlReader()
    const { path, host, port } = endpoint
    const options = {
      ...(path === undefined ? { address: host, port } : { path, address: '', port: 0 }),
      timeoutMs: CONNECT_TIMEOUT_MS,
      ...(endpoint.isTls && { tls: { isUnverified, ...serverName(host) } }),
    }
    const ifCurrent = (act: () => void): void => {
      if (connection === this.#connection) act()
    }
    const handlers = {
      onData: (bytes: Uint8Array): void => ifCurrent(() => this.#read(bytes)),
      onClose: (error?: Error): void =>
        ifCurrent(() => this.#lost(error ?? new Error('it closed the connection'))),
    }
    this.#around.network.dialStream(options, handlers).then(
      (socket) => {
        if (connection !== this.#connection) return socket.close()
        this.#socket = socket
        this.#greet()
      },
      (error: unknown) => ifCurrent(() => this.#lost(error)),
    )
  }

  #greet(): void {
    this.#state = 'greeting'
    this.#socket?.write(composeControl(Control.READY))
    this.#timer = this.#around.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      this.#lost(new Error('it does not say that it accepts'))
    })
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#control.push(bytes, (frame) => this.#onControl(frame))
    } catch (error) {
      this.#lost(error)
    }
  }

  #onControl({ kind, contentTypes }: ControlFrame): void {
    if (this.#state === 'greeting' && kind === Control.ACCEPT) {
      if (contentTypes.length > 0 && !contentTypes.includes(CONTENT_TYPE)) {
        throw new Error(`it accepts ${contentTypes.join(', ')} only`)
      }
      this.#open()
    } else if (this.#state === 'ending' && kind === Control.FINISH) {
      this.#end()
    }
  }

  #open(): void {
    this.#timer?.cancel()
    this.#state = 'open'
    this.#retryMs = MIN_RETRY_MS
    this.#socket?.write(composeControl(Control.START))
    if (this.#isOutageKnown) this.#around.log.info(`${this.#options.endpoint.name}: connected`)
    this.#isOutageKnown = false
    this.#flush()
  }

  #lost(error: unknown): void {
    if (this.#state === 'ending') {
      this.#end()
      return
    }
    this.#disconnect()
    this.#state = 'waiting'
    if (!this.#isOutageKnown) {
      const { name } = this.#options.endpoint
      const reason = error instanceof Error ? error.message : String(error)
      this.#around.log.error(`${name}: ${reason}; messages are kept while there is room`)
    }
    this.#isOutageKnown = true
    this.#timer = this.#around.clock.after(this.#retryMs, () => this.#dial())
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
  }

  #flushSoon(): void {
    if (this.#queue.sizeBytes >= FLUSH_SIZE && !this.#isSlow) this.#flush()
    else this.#flushTimer ??= this.#around.clock.after(FLUSH_INTERVAL_MS, () => this.#flush())
  }

  get #isSlow(): boolean {
    return (this.#socket?.unsentSize ?? 0) >= this.#options.maxUnsentSize
  }

  #flush(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    if (this.#queue.frameCount === 0) return
    if (this.#isSlow) this.#flushSoon()
    else for (const octets of this.#queue.take()) this.#socket?.write(octets)
  }

  #disconnect(): void {
    this.#connection++
    this.#timer?.cancel()
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    this.#socket?.close()
    this.#socket = undefined
  }

  #end(): void {
    if (this.#state === 'ended') return
    this.#disconnect()
    this.#state = 'ended'
    this.#around.dropped.add(this.#queue.frameCount)
    this.#queue.take()
    this.#onEnded()
  }
}

/** A certificate is for a name; one for an address is looked at by the address itself. */
function serverName(host: string): { serverName?: string } {
  return /[:%]|^[\d.]+$/.test(host) ? {} : { serverName: host }
}
