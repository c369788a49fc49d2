/**
 * Cuts the octets of a zone file into entries and their tokens: comments, parentheses, quotes and
 * escapes (RFC 1035 5.1). No string is made: a token is where it begins and ends.
 */

import { ZoneFault } from './zone-fault.ts'

/** Octets of one entry, the lines held together by parentheses taken as one. */
export const MAX_ENTRY_SIZE: number = 512 * 1024

// What an octet means outside of quotes; 0 for one that belongs to a word.
const BLANK = 1
const NEWLINE = 2
const COMMENT = 3
const OPEN = 4
const CLOSE = 5
const QUOTE = 6
const ESCAPE = 7
const KINDS = new Uint8Array(256)
for (const char of ' \t\r') KINDS[char.charCodeAt(0)] = BLANK
for (const [char, kind] of [
  ['\n', NEWLINE],
  [';', COMMENT],
  ['(', OPEN],
  [')', CLOSE],
  ['"', QUOTE],
  ['\\', ESCAPE],
] as const) {
  KINDS[char.charCodeAt(0)] = kind
}

/** A cursor over the entries of one file. */
export class EntryScanner {
  readonly bytes: Uint8Array
  readonly path: string
  /** Tokens of the entry at hand. */
  count = 0
  starts: Int32Array = new Int32Array(16)
  ends: Int32Array = new Int32Array(16)
  /** 1 for a quoted token, 2 for one that follows another without a blank, 3 for both. */
  marks: Uint8Array = new Uint8Array(16)
  /** Whether the entry begins with a blank, which stands for the owner before. */
  isIndented = false
  #at = 0
  // Where the entry begins, to find the line of one of its tokens when something is wrong.
  #entryAt = 0
  #entryLine = 1
  #line = 1

  constructor(bytes: Uint8Array, path: string) {
    this.bytes = bytes
    this.path = path
    // A byte order mark, as some editors write it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3
  }

  /**
   * Goes to the next entry that has tokens; false at the end.
   * @throws ZoneFault for quotes and parentheses without their other half, and what is too long.
   */
  next(): boolean {
    const { bytes } = this
    const end = bytes.length
    this.count = 0
    let depth = 0
    let openedAt = 0
    let lastEnd = -1
    let at = this.#at
    this.#begin(at)
    while (at < end) {
      const kind = KINDS[bytes[at] as number] as number
      if (kind === 0 || kind === ESCAPE) {
        const start = at
        at = this.#wordEnd(at)
        this.#push(start, at, start === lastEnd ? 2 : 0)
        lastEnd = at
      } else if (kind === BLANK) {
        at++
      } else if (kind === NEWLINE) {
        at++
        this.#line++
        if (depth > 0) continue
        if (this.count > 0) break
        this.#begin(at)
      } else if (kind === COMMENT) {
        at = bytes.indexOf(0x0a, at)
        if (at < 0) at = end
      } else if (kind === QUOTE) {
        const start = at + 1
        const close = this.#quoteEnd(start)
        this.#push(start, close, at === lastEnd ? 3 : 1)
        at = close + 1
        lastEnd = at
      } else if (kind === OPEN) {
        if (depth++ === 0) openedAt = at
        at++
      } else {
        if (--depth < 0) throw this.#faultAt(at, "')' without '('")
        at++
      }
      if (at - this.#entryAt > MAX_ENTRY_SIZE && this.count > 0) {
        throw this.#faultAt(this.#entryAt, `an entry of more than ${MAX_ENTRY_SIZE} octets`)
      }
    }
    if (depth > 0) throw this.#faultAt(openedAt, "'(' is never closed")
    this.#at = at
    return this.count > 0
  }

  /** The octets of a token as text. */
  text(token: number): string {
    return decoder.decode(this.bytes.subarray(this.starts[token], this.ends[token]))
  }

  /** The mistake that a token is; past the last token, that something is missing. */
  fault(token: number, reason: string, cause?: unknown): ZoneFault {
    const last = this.count - 1
    const at = token <= last ? this.starts[token] : (this.ends[last] ?? this.#entryAt)
    return this.#faultAt(at as number, reason, cause)
  }

  #begin(at: number): void {
    this.#entryAt = at
    this.#entryLine = this.#line
    this.isIndented = KINDS[this.bytes[at] as number] === BLANK
  }

  #push(start: number, end: number, mark: number): void {
    const token = this.count++
    if (token === this.starts.length) this.#grow()
    this.starts[token] = start
    this.ends[token] = end
    this.marks[token] = mark
  }

  #grow(): void {
    const { starts, ends, marks } = this
    this.starts = new Int32Array(2 * starts.length)
    this.ends = new Int32Array(2 * ends.length)
    this.marks = new Uint8Array(2 * marks.length)
    this.starts.set(starts)
    this.ends.set(ends)
    this.marks.set(marks)
  }

  #wordEnd(at: number): number {
    const { bytes } = this
    const end = bytes.length
    while (at < end) {
      const kind = KINDS[bytes[at] as number] as number
      if (kind === 0) at++
      else if (kind === ESCAPE) at = this.#escapeEnd(at)
      else break
    }
    return at
  }

  #quoteEnd(start: number): number {
    const { bytes } = this
    let at = start
    while (bytes[at] !== 0x22) {
      if (at >= bytes.length) throw this.#faultAt(start - 1, "'\"' is never closed")
      if (bytes[at] === 0x0a) this.#line++
      at = bytes[at] === 0x5c ? this.#escapeEnd(at) : at + 1
    }
    return at
  }

  /** Goes past a backslash and the octet it protects. */
  #escapeEnd(at: number): number {
    if (at + 1 >= this.bytes.length) throw this.#faultAt(at, "'\\' with nothing behind it")
    if (this.bytes[at + 1] === 0x0a) this.#line++
    return at + 2
  }

  #faultAt(at: number, reason: string, cause?: unknown): ZoneFault {
    let line = this.#entryLine
    let lineAt = this.bytes.lastIndexOf(0x0a, this.#entryAt - 1) + 1
    if (this.#entryAt === 0) lineAt = 0
    for (let i = this.#entryAt; i < at; i++) {
      if (this.bytes[i] !== 0x0a) continue
      line++
      lineAt = i + 1
    }
    const column = decoder.decode(this.bytes.subarray(lineAt, at)).length + 1
    return new ZoneFault(reason, this.path, line, column, cause)
  }
}

const decoder = new TextDecoder()
