/**
 * The UDP sockets of one address: one, which processes of ours may share the questions with, or
 * several between which the system spreads clients (*multisocket*).
 */

import type { Listener } from '@fingerpost/sdk'
import type { Runtime, UdpBindOptions } from '../runtime/runtime.ts'
import { bindEndpoint, type EndpointOwner, type UdpEndpoint } from './udp-endpoint.ts'

/** Binds `count` sockets or none. @throws an error whose `code` is the operating system's */
export async function bindGroup(
  runtime: Runtime,
  options: UdpBindOptions,
  owner: EndpointOwner,
  count: number,
): Promise<EndpointGroup> {
  const group = new EndpointGroup(runtime, options, owner)
  await group.grow(count)
  return group
}

export class EndpointGroup {
  readonly #runtime: Runtime
  readonly #options: UdpBindOptions
  readonly #owner: EndpointOwner
  #endpoints: UdpEndpoint[] = []
  #listener: Listener | undefined
  #isClosed = false

  constructor(runtime: Runtime, options: UdpBindOptions, owner: EndpointOwner) {
    this.#runtime = runtime
    this.#options = options
    this.#owner = owner
  }

  /** Begins to answer; datagrams before that are dropped. */
  start(listener: Listener): void {
    this.#listener = listener
    for (const endpoint of this.#endpoints) endpoint.start(listener)
  }

  /** Hears of datagrams to the wildcard address, which other sockets would have got. */
  set onStray(onStray: () => void) {
    for (const endpoint of this.#endpoints) endpoint.onStray = onStray
  }

  /**
   * Binds sockets until there are `count`. Closes none when there are more: what waits in them
   * would be lost.
   */
  async grow(count: number): Promise<void> {
    const fresh: UdpEndpoint[] = []
    try {
      while (this.#endpoints.length + fresh.length < count) {
        const endpoint = await bindEndpoint(this.#runtime, this.#options, this.#owner)
        // At once: from now on it gets its share of the datagrams.
        if (this.#listener !== undefined) endpoint.start(this.#listener)
        fresh.push(endpoint)
      }
    } catch (error) {
      await closeAll(fresh)
      throw error
    }
    if (this.#isClosed) await closeAll(fresh)
    else this.#endpoints.push(...fresh)
  }

  /** Has so many processes with one socket each share the questions; see `UdpSocket.steer`. */
  async steer(processCount: number): Promise<void> {
    await this.#endpoints[0]?.socket?.steer?.(processCount)
  }

  /** See {@link UdpEndpoint.stopReceiving}. */
  async stopReceiving(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.stopReceiving()))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await closeAll(this.#endpoints.splice(0))
  }
}

async function closeAll(endpoints: readonly UdpEndpoint[]): Promise<void> {
  await Promise.all(endpoints.map((endpoint) => endpoint.close()))
}
