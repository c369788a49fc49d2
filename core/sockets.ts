/**
 * The listening sockets of the process by what they listen on. A generation takes those it needs;
 * one that stays is handed to the next generation without being closed (DESIGN D6).
 */

import { ConfigError, type Listener, type Token, type Transport } from '@fingerpost/sdk'
import type { Serve } from './listen/serve.ts'

/** A place to listen at, as a server block wants it. */
export interface ListenPlace {
  /** CoreDNS's name of the server: `dns://:53`. */
  readonly label: string
  /** Empty for all addresses. */
  readonly address: string
  /** 0 asks the system for a free one. */
  readonly port: number
  /** What asks for it, the first of several. */
  readonly at?: Token
}

/** A listening socket that answers by whatever `serve` is at the moment. */
export interface ListeningSocket {
  readonly listener: Listener
  serve: Serve
}

/** The sockets for UDP and TCP on one port. */
export interface SocketPair {
  readonly udp: ListeningSocket
  readonly tcp: ListeningSocket
  /** Answers what is in flight, then closes. */
  close(): Promise<void>
}

/** Opens the sockets of a place: the listeners' part. Rejects with the address and the reason. */
export type OpenSockets = (
  place: ListenPlace,
  listener: (transport: Transport, port: number) => Listener,
  serve: Serve,
) => Promise<SocketPair>

/** The open sockets of one place. */
export class OpenPlace {
  readonly listeners: readonly Listener[]
  readonly #pair: SocketPair

  constructor(pair: SocketPair) {
    this.listeners = [pair.udp.listener, pair.tcp.listener]
    this.#pair = pair
  }

  /** From now on queries are answered by `serve`. */
  set serve(serve: Serve) {
    this.#pair.udp.serve = serve
    this.#pair.tcp.serve = serve
  }

  close(): Promise<void> {
    return this.#pair.close()
  }
}

const nobody: Serve = () => undefined

/** All open places. */
export class SocketPool {
  readonly #openSockets: OpenSockets
  readonly #open = new Map<string, OpenPlace>()
  #nextIndex = 0

  constructor(openSockets: OpenSockets) {
    this.#openSockets = openSockets
  }

  /**
   * Opens the places that are not open yet. Nothing is answered on new ones until `serve` is set.
   * When one can't be opened, those opened by this call are closed again.
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
        }
        result.push(open)
      }
      return result
    } catch (error) {
      for (const label of fresh) await this.#close(label)
      throw error
    }
  }

  /** A listener for queries that come in through something else than a socket of the pool. */
  makeListener(transport: Transport, { label, address, port }: ListenPlace): Listener {
    return { index: this.#nextIndex++, transport, label, address, port }
  }

  /** Closes every place that is not among `labels`. */
  async keepOnly(labels: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#open.keys()].filter((label) => !labels.has(label))
    await Promise.all(gone.map((label) => this.#close(label)))
  }

  async #close(label: string): Promise<void> {
    const open = this.#open.get(label)
    this.#open.delete(label)
    await open?.close()
  }

  async #openPlace(place: ListenPlace): Promise<OpenPlace> {
    const listener = (transport: Transport, port: number): Listener =>
      this.makeListener(transport, { ...place, port })
    try {
      return new OpenPlace(await this.#openSockets(place, listener, nobody))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError('listen', message, { at: place.at, cause })
    }
  }
}
