/**
 * Records that end many replies of a zone (its SOA, its name servers), composed once. Pointers of
 * name compression (RFC 1035 4.1.4) lead to the zone's name in the question, or to the records
 * themselves: both only move from reply to reply. Hot path: `write`.
 */

import { Class } from '../dns/class.ts'
import { compose } from '../wire/compose.ts'
import { HEADER_SIZE } from '../wire/header.ts'
import type { Name } from '../wire/name.ts'
import { readUint16, writeUint16 } from '../wire/octets.ts'
import { rdataNames, skipFixed } from '../wire/rdata-names.ts'
import type { Rr } from '../wire/rr.ts'

/** The authority section of replies of one zone. */
export class SectionTemplate {
  /** Records in it. */
  readonly count: number
  readonly #body: Uint8Array
  readonly #bodyAt: number
  // Offsets in the body of pointers to the question, and of pointers to the body.
  readonly #toQuestion: Uint16Array
  readonly #toBody: Uint16Array

  /** Composes records behind a question for the zone's own name, which is in lower case. */
  constructor(origin: Name, rrs: readonly Rr[]) {
    const question = new Uint8Array(origin.wire.length + 4)
    question.set(origin.wire)
    writeUint16(question, question.length - 2, Class.IN)
    const { wire } = compose({ id: 0, flags: 0, question, authority: rrs })
    this.count = rrs.length
    this.#bodyAt = HEADER_SIZE + question.length
    this.#body = wire.slice(this.#bodyAt)
    const pointers = pointersIn(wire, this.#bodyAt)
    const leadsBack = (at: number): boolean => (readUint16(wire, at) & 0x3fff) < this.#bodyAt
    const offsets = (chosen: readonly number[]): Uint16Array =>
      Uint16Array.from(chosen, (at) => at - this.#bodyAt)
    this.#toQuestion = offsets(pointers.filter(leadsBack))
    this.#toBody = offsets(pointers.filter((at) => !leadsBack(at)))
  }

  get size(): number {
    return this.#body.length
  }

  /**
   * Writes the records at `at` of a message below 16 KiB whose question has the zone's name at
   * `originAt`, in lower case. Returns the offset behind them.
   */
  write(target: Uint8Array, at: number, originAt: number): number {
    target.set(this.#body, at)
    move(target, at, this.#toQuestion, originAt - HEADER_SIZE)
    move(target, at, this.#toBody, at - this.#bodyAt)
    return at + this.#body.length
  }
}

function move(target: Uint8Array, at: number, offsets: Uint16Array, distance: number): void {
  for (let i = 0; i < offsets.length; i++) {
    const pointerAt = at + (offsets[i] as number)
    writeUint16(target, pointerAt, readUint16(target, pointerAt) + distance)
  }
}

/** Where the pointers in the records from `at` on are. */
function pointersIn(wire: Uint8Array, at: number): number[] {
  const pointers: number[] = []
  const skip = (from: number): number => {
    while (wire[from] !== 0) {
      if ((wire[from] as number) >= 0xc0) {
        pointers.push(from)
        return from + 2
      }
      from += (wire[from] as number) + 1
    }
    return from + 1
  }
  while (at < wire.length) {
    const fixedAt = skip(at)
    const rdataAt = fixedAt + 10
    at = rdataAt + readUint16(wire, fixedAt + 8)
    const names = rdataNames(readUint16(wire, fixedAt))
    if (names === undefined) continue
    let nameAt = skipFixed(wire, names, rdataAt, at)
    for (let i = 0; i < names.names && nameAt < at; i++) nameAt = skip(nameAt)
  }
  return pointers
}
