/**
 * The listening sockets of the process by what they listen on. A generation takes those it needs;
 * one that stays is handed to the next generation without being closed (DESIGN D6).
 */

import { setImmediate } from 'node:timers/promises'
import { ConfigError, type Listener, type Token, type Transport } from '@fingerpost/sdk'
import { EarlyQueries } from './listen/early-queries.ts'
import { ListenError } from './listen/listen-error.ts'
import type { ClientSettings, Place } from './listen/open-place.ts'
import type { Serve } from './listen/serve.ts'
import type { SocketCount } from './listen/udp.ts'

/** A place to listen at, as a server block wants it. */
export interface ListenPlace extends ClientSettings, SocketCount {
  /** CoreDNS's name of the server: `dns://:53`. */
  readonly label: string
  readonly transport: 'dns' | 'tls' | 'https'
  /** Empty for all addresses. */
  readonly address: string
  /** 0 asks the system for a free one. */
  readonly port: number
  /** What asks for it, the first of several. */
  readonly at?: Token
}

/** The open sockets of one place. */
export type OpenPlace = Pick<
  Place,
  'listeners' | 'serve' | 'configure' | 'setSockets' | 'stopReceiving' | 'close'
>

/** Opens the sockets of a place: the listeners' part. Rejects with the address and the reason. */
export type OpenSockets = (
  place: ListenPlace,
  listener: (transport: Transport, port: number) => Listener,
  serve: Serve,
) => Promise<OpenPlace>

/** All open places. */
export class SocketPool {
  readonly #openSockets: OpenSockets
  readonly #open = new Map<string, OpenPlace>()
  /** What came in at places that nobody serves yet. */
  readonly #early = new Map<string, EarlyQueries>()
  #nextIndex = 0

  constructor(openSockets: OpenSockets) {
    this.#openSockets = openSockets
  }

  /**
   * Opens the places that are not open yet. What arrives at new ones waits for {@link serve}. When
   * one can't be opened, those opened by this call are closed again.
   * @throws ConfigError with what asks for the place
   */
  async acquire(places: readonly ListenPlace[]): Promise<OpenPlace[]> {
    const fresh: string[] = []
    try {
      const result: OpenPlace[] = []
      for (const place of places) {
        let open = this.#open.get(place.label)
        if (open === undefined) {
          open = await this.#openPlace(place)
          this.#open.set(place.label, open)
          fresh.push(place.label)
        } else {
          await open.setSockets(place)
        }
        result.push(open)
      }
      return result
    } catch (error) {
      for (const label of fresh) await this.#close(label)
      throw error
    }
  }

  /** Has a place that was acquired answered by `serve` from now on. */
  serve(label: string, serve: Serve): void {
    const open = this.#open.get(label)
    if (open !== undefined) open.serve = serve
    this.#early.get(label)?.answer(serve)
    this.#early.delete(label)
  }

  /** A listener for queries that come in through something else than a socket of the pool. */
  makeListener(
    transport: Transport,
    { label, address, port }: Pick<ListenPlace, 'label' | 'address' | 'port'>,
  ): Listener {
    return { index: this.#nextIndex++, transport, label, address, port }
  }

  /** Leaves new datagrams to a successor; those that have arrived are still answered. */
  async stopReceiving(): Promise<void> {
    await Promise.all([...this.#open.values()].map((open) => open.stopReceiving()))
  }

  /** Closes every place that is not among `labels`. */
  async keepOnly(labels: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#open.keys()].filter((label) => !labels.has(label))
    if (gone.length === 0) return
    // What has arrived there is still to be read: that takes a turn of the event loop, or two.
    await setImmediate()
    await setImmediate()
    await Promise.all(gone.map((label) => this.#close(label)))
  }

  async #close(label: string): Promise<void> {
    const open = this.#open.get(label)
    this.#open.delete(label)
    this.#early.get(label)?.drop()
    this.#early.delete(label)
    await open?.close()
  }

  async #openPlace(place: ListenPlace): Promise<OpenPlace> {
    const listener = (transport: Transport, port: number): Listener =>
      this.makeListener(transport, { ...place, port })
    const early = new EarlyQueries()
    try {
      const open = await this.#openSockets(place, listener, early.serve)
      this.#early.set(place.label, early)
      return open
    } catch (cause) {
      early.drop()
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError('listen', message, { at: place.at, cause, suggestion: adviseOn(cause) })
    }
  }
}

/** What to do about a port that the system keeps for root. */
function adviseOn(error: unknown): string | undefined {
  if (!(error instanceof ListenError) || error.code !== 'EACCES' || error.port >= 1024) return
  return (
    'give the process the capability NET_BIND_SERVICE, set the sysctl ' +
    `net.ipv4.ip_unprivileged_port_start to ${error.port}, or use another port`
  )
}
