/**
 * Reads many datagrams by one call of recvmmsg(2). Bun reads eight per call, and makes the text of
 * the client's address anew for each of them, which takes an eighth of the CPU of a query. Hot path.
 */

import type { Pointer } from 'bun:ffi'
import { networkInterfaces } from 'node:os'
import { formatIp } from '@fingerpost/sdk'
import type { Libc } from './bun-libc.ts'
import { DatagramBatch } from './bun-udp-batch.ts'

/** Datagrams that are read by one call at most. */
export const MAX_BATCH = 64
/** Few datagrams are longer; the rest of those goes elsewhere. */
const SLOT_BYTES = 1024
/** Slots that all start at the same place of a page would share few lines of the cache. */
const SLOT_STEP = SLOT_BYTES + 64
const REST_BYTES = 65536 - SLOT_BYTES
const MSG_DONTWAIT = 0x40
/** Clients whose addresses are kept as text: a power of two. */
const KNOWN_BITS = 10
/** Words of an address: four, and the zone. */
const KEY_WORDS = 5
/** In place of a zone. */
const IPV4 = 0xffffffff

/** Who gets a datagram; `bytes` belong to it. */
export type Take = (bytes: Uint8Array, port: number, address: string) => void

/** Receives for all sockets of the process, one after the other. */
export class BatchReceiver {
  readonly #libc: Libc
  readonly #batch: DatagramBatch
  /** Without memory for them, long datagrams are cut off. */
  readonly #restsAt: Pointer | undefined
  readonly #slots = new Uint8Array(MAX_BATCH * SLOT_STEP)
  /** Addresses and their texts by a hash; one that is new takes the place of another. */
  readonly #knownKeys = new Uint32Array(KEY_WORDS << KNOWN_BITS)
  readonly #knownTexts = new Array<string>(1 << KNOWN_BITS).fill('')
  #isReceiving = false

  constructor(libc: Libc) {
    this.#libc = libc
    this.#batch = new DatagramBatch(libc, { size: MAX_BATCH, partCount: 2, hasAddresses: true })
    const slotsAt = libc.ptr(this.#slots)
    this.#restsAt = libc.reserve(MAX_BATCH * REST_BYTES)
    for (let i = 0; i < MAX_BATCH; i++) {
      this.#batch.setPart(i, 0, slotsAt + i * SLOT_STEP, SLOT_BYTES)
      if (this.#restsAt === undefined) continue
      this.#batch.setPart(i, 1, this.#restsAt + i * REST_BYTES, REST_BYTES)
    }
  }

  /**
   * Hands on what waits at a socket, up to {@link MAX_BATCH} datagrams, without waiting for any;
   * returns how many there were. None is lost when `take` throws.
   * @throws what `take` throws, after all were handed on
   */
  receive(fd: number, take: Take): number {
    // From within `take`: the slots are in use.
    if (this.#isReceiving) return 0
    this.#isReceiving = true
    const batch = this.#batch
    const count = this.#libc.recvmmsg(fd, batch.headersAt, MAX_BATCH, MSG_DONTWAIT, null)
    let fault: { readonly error: unknown } | undefined
    for (let i = 0; i < count; i++) {
      batch.makeRoomForAddress(i)
      try {
        take(this.#copy(i, batch.lengthOf(i)), batch.portOf(i), this.#textOf(i))
      } catch (error) {
        fault = { error }
      }
    }
    this.#isReceiving = false
    if (fault !== undefined) throw fault.error
    return Math.max(count, 0)
  }

  #copy(i: number, length: number): Uint8Array {
    const at = i * SLOT_STEP
    if (length <= SLOT_BYTES) return this.#slots.slice(at, at + length)
    const bytes = new Uint8Array(length)
    bytes.set(this.#slots.subarray(at, at + SLOT_BYTES))
    const rest = this.#libc.toArrayBuffer(
      this.#restsAt as Pointer,
      i * REST_BYTES,
      length - SLOT_BYTES,
    )
    bytes.set(new Uint8Array(rest), SLOT_BYTES)
    return bytes
  }

  #textOf(i: number): string {
    const batch = this.#batch
    const isIpv6 = batch.isIpv6(i)
    const a = batch.addressWord(i, 0)
    const b = isIpv6 ? batch.addressWord(i, 1) : 0
    const c = isIpv6 ? batch.addressWord(i, 2) : 0
    const d = isIpv6 ? batch.addressWord(i, 3) : 0
    const zone = isIpv6 ? batch.addressWord(i, 4) : IPV4
    const slot = Math.imul(a ^ b ^ c ^ d, 0x9e3779b1) >>> (32 - KNOWN_BITS)
    const keys = this.#knownKeys
    const at = slot * KEY_WORDS
    const known = this.#knownTexts[slot] as string
    if (
      keys[at] === a &&
      keys[at + 1] === b &&
      keys[at + 2] === c &&
      keys[at + 3] === d &&
      keys[at + 4] === zone &&
      known !== ''
    ) {
      return known
    }
    const key = Uint32Array.of(a, b, c, d, zone)
    keys.set(key, at)
    const text = textOf(new Uint8Array(key.buffer, 0, isIpv6 ? 16 : 4), isIpv6 ? zone : 0)
    this.#knownTexts[slot] = text
    return text
  }
}

/** As Bun writes it: the zone of an address of a link by the name of its interface. */
function textOf(octets: Uint8Array, zone: number): string {
  const text = formatIp(octets)
  if (zone === 0) return text
  const interfaces = Object.entries(networkInterfaces())
  const found = interfaces.find(([, addresses]) => addresses?.some((a) => a.scopeid === zone))
  return `${text}%${found?.[0] ?? zone}`
}
