/**
 * Sends many datagrams by one call of sendmmsg(2). Bun does so too, but reads every client's address
 * from its text again; that takes a twentieth of the CPU of a query. Hot path.
 */

import { parseIp } from '@fingerpost/sdk'
import type { Libc } from './bun-libc.ts'
import { DatagramBatch } from './bun-udp-batch.ts'

const MAX_BATCH = 1024
/** The same where there are no addresses. */
const MAX_CONNECTED = 256
const MSG_DONTWAIT = 0x40
/** Clients whose addresses are kept as words. */
const MAX_KNOWN = 4096
const NONE = new Uint32Array(0)

/** Sends for all sockets of the process, one after the other. */
export class BatchSender {
  readonly #libc: Libc
  readonly #batch: DatagramBatch
  readonly #connected: DatagramBatch
  /** By the text of an address: its words, none for what is no address or one of a link. */
  readonly #known = new Map<string, Uint32Array>()

  constructor(libc: Libc) {
    this.#libc = libc
    this.#batch = new DatagramBatch(libc, { size: MAX_BATCH, partCount: 1, hasAddresses: true })
    this.#connected = new DatagramBatch(libc, {
      size: MAX_CONNECTED,
      partCount: 1,
      hasAddresses: false,
    })
  }

  /**
   * Sends datagrams through a socket of a family, given as octets, port and address by turns; returns
   * how many of them, the first ones, the system took.
   */
  send(fd: number, isIpv6: boolean, datagrams: readonly (Uint8Array | number | string)[]): number {
    const batch = this.#batch
    const count = Math.min(datagrams.length / 3, MAX_BATCH)
    const wordCount = isIpv6 ? 4 : 1
    let ready = 0
    while (ready < count) {
      const at = 3 * ready
      const address = this.#wordsOf(datagrams[at + 2] as string)
      if (address.length !== wordCount) break
      const bytes = datagrams[at] as Uint8Array
      batch.setPart(ready, 0, this.#libc.ptr(bytes), bytes.length)
      batch.setAddress(ready, datagrams[at + 1] as number, address)
      ready++
    }
    if (ready === 0) return 0
    const taken = this.#libc.sendmmsg(fd, batch.headersAt, ready, MSG_DONTWAIT)
    return taken < 0 ? 0 : taken
  }

  /**
   * Sends datagrams to whom a socket is connected; returns how many of them, the first ones, the
   * system took, or -1 when there was an error: see {@link Libc.lastError}.
   */
  sendConnected(fd: number, datagrams: readonly Uint8Array[]): number {
    const batch = this.#connected
    const count = Math.min(datagrams.length, MAX_CONNECTED)
    for (let i = 0; i < count; i++) {
      const bytes = datagrams[i] as Uint8Array
      batch.setPart(i, 0, this.#libc.ptr(bytes), bytes.length)
    }
    return this.#libc.sendmmsg(fd, batch.headersAt, count, MSG_DONTWAIT)
  }

  #wordsOf(address: string): Uint32Array {
    const known = this.#known.get(address)
    if (known !== undefined) return known
    const octets = parseIp(address)
    const words = octets === undefined ? NONE : new Uint32Array(octets.buffer)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(address, words)
    return words
  }
}
