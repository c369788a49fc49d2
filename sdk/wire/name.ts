/**
 * Domain names as the octets they are on the wire: case, dots inside labels and binary labels
 * survive. RFC 1035 3.1 and 5.1 (text form), RFC 4343 (case), RFC 9499 (terms).
 */

import { hashName } from './name-hash.ts'
import { equalFold, LOWER } from './octets.ts'

/** Octets of the longest name in wire form, root label included (RFC 1035 3.1). */
export const MAX_NAME_SIZE = 255
/** Octets of the longest label (RFC 1035 3.1). */
export const MAX_LABEL_SIZE = 63

/**
 * A fully qualified domain name. Immutable; equality and hash ignore the case of ASCII letters, the
 * octets keep it.
 *
 * @example Name.parseText('www.Example.org').isSubdomainOf(Name.parseText('example.ORG')) // true
 */
export class Name {
  /** The name in wire form: uncompressed, ending in the root label. Never written to. */
  readonly wire: Uint8Array
  #hash: number | undefined
  #text: string | undefined

  /** Takes octets that are known to be a valid uncompressed name; `parseName` checks. */
  constructor(wire: Uint8Array) {
    this.wire = wire
  }

  /** The root name. */
  static readonly root: Name = new Name(new Uint8Array(1))

  /**
   * Reads a name in presentation form; one without a trailing dot is taken as relative to
   * `origin`, the root by default.
   * @throws RangeError when it is no domain name.
   */
  static parseText(text: string, origin: Name = Name.root): Name {
    const name = parseNameText(text, origin)
    if (name === undefined) throw new RangeError(`'${text}' is not a domain name`)
    return name
  }

  /** A hash that is equal for names that are equal but for case; 32 bits, unsigned. */
  get hash(): number {
    this.#hash ??= hashName(this.wire, 0)
    return this.#hash
  }

  /** Labels, the root label left out. */
  get labelCount(): number {
    let count = 0
    for (let at = 0; this.wire[at] !== 0; at += (this.wire[at] as number) + 1) count++
    return count
  }

  get isRoot(): boolean {
    return this.wire.length === 1
  }

  /** The labels from left to right, each as its octets. */
  labels(): Uint8Array[] {
    const labels: Uint8Array[] = []
    for (let at = 0; this.wire[at] !== 0; ) {
      const size = this.wire[at] as number
      labels.push(this.wire.subarray(at + 1, at + 1 + size))
      at += size + 1
    }
    return labels
  }

  equals(other: Name): boolean {
    const size = this.wire.length
    return size === other.wire.length && equalFold(this.wire, 0, other.wire, 0, size)
  }

  /** Tells whether the name is `zone` or below it. */
  isSubdomainOf(zone: Name): boolean {
    const start = this.wire.length - zone.wire.length
    if (start < 0 || !equalFold(this.wire, start, zone.wire, 0, zone.wire.length)) return false
    let at = 0
    while (at < start) at += (this.wire[at] as number) + 1
    return at === start
  }

  /** The name without its leftmost `count` labels; the root stays the root. */
  ancestor(count = 1): Name {
    let at = 0
    for (let i = 0; i < count && this.wire[at] !== 0; i++) at += (this.wire[at] as number) + 1
    return at === 0 ? this : new Name(this.wire.subarray(at))
  }

  /** The leftmost `count` labels as a name of their own. */
  leftmost(count: number): Name {
    let at = 0
    for (let i = 0; i < count && this.wire[at] !== 0; i++) at += (this.wire[at] as number) + 1
    const wire = new Uint8Array(at + 1)
    wire.set(this.wire.subarray(0, at))
    return new Name(wire)
  }

  /** The same name in lower case. */
  toLowerCase(): Name {
    return new Name(this.wire.map((octet) => LOWER[octet] as number))
  }

  /** Puts the labels of `prefix` in front of `origin`; undefined when that gets too long. */
  static join(prefix: Name, origin: Name): Name | undefined {
    const size = prefix.wire.length - 1 + origin.wire.length
    if (size > MAX_NAME_SIZE) return undefined
    const wire = new Uint8Array(size)
    wire.set(prefix.wire)
    wire.set(origin.wire, prefix.wire.length - 1)
    return new Name(wire)
  }

  /** The presentation form with a trailing dot, escaped per RFC 1035 5.1 (`\.`, `\DDD`). */
  toString(): string {
    this.#text ??= formatName(this.wire)
    return this.#text
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Reads a name in presentation form; undefined when it is none. See {@link Name.parseText}. */
export function parseNameText(text: string, origin: Name = Name.root): Name | undefined {
  if (text === '.') return Name.root
  if (text === '@') return origin
  if (text === '') return undefined
  const wire = new Uint8Array(MAX_NAME_SIZE + 1)
  const octets = new TextEncoder().encode(text)
  let lengthAt = 0
  let at = 1
  for (let i = 0; i < octets.length; i++) {
    let octet = octets[i] as number
    if (octet === 0x2e) {
      if (at - lengthAt === 1) return undefined
      wire[lengthAt] = at - lengthAt - 1
      lengthAt = at++
    } else {
      if (octet === 0x5c) {
        const escaped = parseEscape(octets, i + 1)
        if (escaped === undefined) return undefined
        octet = escaped.octet
        i += escaped.size
      }
      if (at - lengthAt > MAX_LABEL_SIZE) return undefined
      wire[at++] = octet
    }
    if (at > MAX_NAME_SIZE) return undefined
  }
  if (at - lengthAt === 1) return new Name(wire.slice(0, at))
  wire[lengthAt] = at - lengthAt - 1
  return Name.join(new Name(wire.slice(0, at + 1)), origin)
}

function parseEscape(octets: Uint8Array, at: number): { octet: number; size: number } | undefined {
  const first = octets[at]
  if (first === undefined) return undefined
  if (first < 0x30 || first > 0x39) return { octet: first, size: 1 }
  let octet = 0
  for (let i = 0; i < 3; i++) {
    const digit = octets[at + i]
    if (digit === undefined || digit < 0x30 || digit > 0x39) return undefined
    octet = octet * 10 + digit - 0x30
  }
  return octet > 255 ? undefined : { octet, size: 3 }
}

/** Formats the uncompressed name at `at`; see {@link Name.toString}. */
export function formatName(wire: Uint8Array, at = 0): string {
  if (wire[at] === 0) return '.'
  let text = ''
  while (wire[at] !== 0) {
    const end = at + 1 + (wire[at] as number)
    for (at++; at < end; at++) text += escapeOctet(wire[at] as number)
    text += '.'
  }
  return text
}

// The characters that zone files give a meaning to, and those that cannot be printed.
const SPECIAL = new Set([...'".;@$()\\ '].map((char) => char.charCodeAt(0)))

function escapeOctet(octet: number): string {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`
  const char = String.fromCharCode(octet)
  return SPECIAL.has(octet) ? `\\${char}` : char
}
