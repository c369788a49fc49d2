/** Reads the tokens of one RDATA in presentation form; what is wrong is said in a RangeError. */

import { Name, parseNameText } from '../wire/name.ts'
import { unescapeText } from './character-string.ts'
import type { ZoneToken } from './zone-text.ts'

/** A cursor over tokens. */
export class TextReader {
  /** What relative names are completed with. */
  readonly origin: Name
  /** The field being read, for messages. */
  field = ''
  readonly #tokens: readonly ZoneToken[]
  #at = 0

  constructor(tokens: readonly ZoneToken[], origin: Name = Name.root) {
    this.#tokens = tokens
    this.origin = origin
  }

  /** The token to be read next. */
  get peek(): ZoneToken | undefined {
    return this.#tokens[this.#at]
  }

  /** Takes the next token, which should be what `expected` says. */
  next(expected: string): ZoneToken {
    const token = this.peek
    if (token === undefined) throw this.error(expected)
    this.#at++
    return token
  }

  /** Takes the next token's text. */
  word(expected: string): string {
    return this.next(expected).text
  }

  /** Takes all tokens that are left, their texts joined: hex and Base64 may be spread out. */
  joined(): string {
    const text = this.#tokens.slice(this.#at).map((token) => token.text)
    this.#at = this.#tokens.length
    return text.join('')
  }

  uint(max: number): number {
    const expected = `a whole number from 0 to ${max}`
    const text = this.word(expected)
    if (!/^\d{1,10}$/.test(text) || Number(text) > max) throw this.error(expected, text)
    return Number(text)
  }

  name(): Name {
    const text = this.word('a domain name')
    const name = parseNameText(text, this.origin)
    if (name === undefined) throw this.error('a domain name', text)
    return name
  }

  /** Octets of a character-string, or of longer text where there is no limit. */
  octets(maxSize: number): Uint8Array {
    const text = this.word('a string')
    const octets = unescapeText(text)
    if (octets === undefined) throw this.error('a string with escapes like \\" and \\065', text)
    if (octets.length > maxSize) throw this.error(`a string of at most ${maxSize} octets`, text)
    return octets
  }

  /** Makes the error for a token that is not what it should be, or missing. */
  error(expected: string, got?: string): RangeError {
    const what = this.field === '' ? '' : `${this.field}: `
    const instead = got === undefined ? 'but the text ends' : `got ${quoted(got)}`
    return new RangeError(`${what}expected ${expected}, ${instead}`)
  }

  /** Refuses tokens that nothing has read. */
  end(): void {
    if (this.peek === undefined) return
    this.field = ''
    throw this.error('the end of the record', this.peek.text)
  }
}

function quoted(text: string): string {
  return `'${text.length > 60 ? `${text.slice(0, 57)}…` : text}'`
}
