/**
 * The sockets beside a UDP socket on the wildcard address. A reply has to leave from the address
 * that was asked, or the client won't take it; of a datagram on a wildcard socket no runtime tells
 * that address. So each local address gets a socket of its own, which the kernel prefers, and the
 * wildcard socket only sees addresses that are not known yet.
 *
 * Limits: an address is followed within a few seconds; other addresses of 127.0.0.0/8 than those
 * configured on an interface are answered from the address the routing table chooses (*bind* them).
 */

import type { Listener, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { errorCode } from './listen-error.ts'
import type { EndpointOwner } from './udp-endpoint.ts'
import { bindGroup, type EndpointGroup } from './udp-endpoint-group.ts'

/** How often addresses are looked up. */
export const SCAN_INTERVAL_MS = 5000
/** How soon after a datagram to an unknown address they are looked up. */
export const STRAY_SCAN_DELAY_MS = 100
/** Addresses that get a socket; replies from further ones leave as routing decides. */
export const MAX_LOCAL_ADDRESSES = 256

/** Sockets for each local address, but those that `isHeld` tells to leave alone. */
export class LocalEndpoints {
  /** Sockets for each address, from the next scan on. */
  socketCount = 1
  /** Processes that share the questions, from the next scan on. */
  processCount = 1
  #steeredAmong = 1
  #runtime: Runtime
  #owner: EndpointOwner
  #port: number
  #listener: Listener
  #isHeld: (address: string) => boolean
  #endpoints = new Map<string, EndpointGroup>()
  #scan: Promise<void> | undefined
  #isScanDue = false
  #interval: Timer | undefined
  #soon: Timer | undefined
  #isClosed = false

  constructor(
    runtime: Runtime,
    owner: EndpointOwner,
    port: number,
    listener: Listener,
    isHeld: (address: string) => boolean,
  ) {
    this.#runtime = runtime
    this.#owner = owner
    this.#port = port
    this.#listener = listener
    this.#isHeld = isHeld
  }

  /** Opens the sockets and begins to follow the host's addresses. */
  async open(): Promise<void> {
    await this.scanNow()
    this.#interval = this.#runtime.clock.every(SCAN_INTERVAL_MS, () => void this.scanNow())
  }

  /** Looks the addresses up soon, however often it is called. */
  scanSoon(): void {
    this.#soon ??= this.#runtime.clock.after(STRAY_SCAN_DELAY_MS, () => {
      this.#soon = undefined
      void this.scanNow()
    })
  }

  /** Looks the addresses up; resolves when the sockets fit them. Never rejects. */
  scanNow(): Promise<void> {
    this.#isScanDue = true
    this.#scan ??= this.#scanWhileDue().finally(() => {
      this.#scan = undefined
    })
    return this.#scan
  }

  async stopReceiving(): Promise<void> {
    await Promise.all([...this.#endpoints.values()].map((group) => group.stopReceiving()))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#interval?.cancel()
    this.#soon?.cancel()
    await this.#scan
    const endpoints = [...this.#endpoints.values()]
    this.#endpoints.clear()
    await Promise.all(endpoints.map((endpoint) => endpoint.close()))
  }

  async #scanWhileDue(): Promise<void> {
    while (this.#isScanDue && !this.#isClosed) {
      this.#isScanDue = false
      await this.#follow(this.#wanted())
    }
  }

  #wanted(): Set<string> {
    const wanted = new Set<string>()
    for (const { addresses } of this.#runtime.network.interfaces()) {
      for (const address of addresses) {
        if (wanted.size < MAX_LOCAL_ADDRESSES && !this.#isHeld(address)) wanted.add(address)
      }
    }
    return wanted
  }

  async #follow(wanted: ReadonlySet<string>): Promise<void> {
    for (const [address, endpoint] of this.#endpoints) {
      if (wanted.has(address)) continue
      this.#endpoints.delete(address)
      await endpoint.close()
    }
    for (const address of wanted) {
      if (this.#isClosed) return
      await this.#bind(address)
    }
    if (this.processCount === this.#steeredAmong) return
    this.#steeredAmong = this.processCount
    for (const group of this.#endpoints.values()) await group.steer(this.processCount)
  }

  async #bind(address: string): Promise<void> {
    const group = this.#endpoints.get(address)
    try {
      if (group !== undefined) return await group.grow(this.socketCount)
      const options = { address, port: this.#port, isShared: true }
      const bound = await bindGroup(this.#runtime, options, this.#owner, this.socketCount)
      bound.start(this.#listener)
      if (this.#steeredAmong > 1) await bound.steer(this.#steeredAmong)
      this.#endpoints.set(address, bound)
    } catch (error) {
      // Taken by another process, or not usable yet (IPv6 duplicate address detection): the next
      // scan tries again, and the wildcard socket answers meanwhile where it can.
      if (!PASSING_CODES.includes(errorCode(error))) this.#owner.onFault(error)
    }
  }
}

const PASSING_CODES = ['EADDRINUSE', 'EADDRNOTAVAIL']
