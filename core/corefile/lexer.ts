/**
 * Cuts the text of a Corefile into words, with the rules (and the oddities) of CoreDNS's lexer:
 * Unicode space separates, `#` starts a comment anywhere outside quotes, a word that starts with
 * `"` runs to the next unescaped `"`, carriage returns vanish.
 */

import type { SourceFile, Token } from '@fingerpost/sdk'

/** A token before environment variables are replaced, with what the grammar needs to know. */
export interface Word extends Token {
  /** Line on which the word ends; only a quoted word can span lines. */
  readonly endLine: number
  /** The grammar ignores quotes, as CoreDNS does; messages and warnings do not. */
  readonly isQuoted: boolean
}

/** Something the lexer noticed. It never stops: the words are usable in any case. */
export interface LexProblem {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly suggestion: string
  readonly at: Word
}

/** The words of one file and what was wrong with them. */
export interface Lexed {
  readonly words: readonly Word[]
  readonly problems: readonly LexProblem[]
}

/**
 * Makes the source record of a file: a byte order mark is dropped, lines end at `\n` and lose a
 * carriage return before it.
 */
export function sourceFile(path: string, text: string): SourceFile {
  const lines = withoutByteOrderMark(text)
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  return { path, lines }
}

/**
 * Cuts a text into words. Never throws. An unclosed quote is reported and taken to end with its
 * line, so that the rest of the file is still looked at.
 *
 * @example lex(source, 'cache 30 # seconds').words.map((word) => word.text) // ['cache', '30']
 */
export function lex(source: SourceFile, text: string): Lexed {
  const lexer = new Lexer(source, withoutByteOrderMark(text))
  lexer.run()
  return lexer
}

/** Tells whether a word begins a line: what follows another word on its line is an argument. */
export function startsLine(before: Word | undefined, word: Word): boolean {
  return (
    before === undefined ||
    before.source !== word.source ||
    before.via !== word.via ||
    before.endLine !== word.line
  )
}

/** Shortens a word for a message. */
export function clip(text: string): string {
  const line = text.slice(0, 200).replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

const newlineCode = 0x0a
const carriageReturn = 0x0d
const quote = 0x22
const hash = 0x23
const backslash = 0x5c

class Lexer implements Lexed {
  readonly words: Word[] = []
  readonly problems: LexProblem[] = []
  readonly #source: SourceFile
  readonly #text: string
  #index = 0
  #line = 1
  #lineStart = 0

  constructor(source: SourceFile, text: string) {
    this.#source = source
    this.#text = text
  }

  run(): void {
    const text = this.#text
    while (this.#index < text.length) {
      const code = text.charCodeAt(this.#index)
      if (code === newlineCode) {
        this.#line++
        this.#lineStart = ++this.#index
      } else if (isSpace(code)) this.#index++
      else if (code === hash) this.#index = endOfLine(text, this.#index)
      else if (code === quote) this.#takeQuoted()
      else this.#takeBare()
    }
  }

  #takeQuoted(): void {
    const start = this.#index
    const closing = closingQuote(this.#text, start + 1)
    if (closing === -1) {
      this.#takeUnclosed()
      return
    }
    const raw = this.#text.slice(start + 1, closing)
    const firstBreak = raw.indexOf('\n')
    const end = firstBreak === -1 ? closing + 1 : start + 1 + firstBreak
    const word = this.#word(start, end, unescapeQuotes(raw), true)
    if (firstBreak !== -1) {
      this.#line += countNewlines(raw)
      this.#lineStart = start + 1 + raw.lastIndexOf('\n') + 1
    }
    this.words.push({ ...word, endLine: this.#line })
    this.#index = closing + 1
  }

  #takeUnclosed(): void {
    const start = this.#index
    const end = endOfLine(this.#text, start)
    const raw = this.#text.slice(start + 1, end).trimEnd()
    this.words.push(this.#word(start, start + 1 + raw.length, unescapeQuotes(raw), true))
    this.problems.push({
      severity: 'error',
      message: 'the quote that starts here is never closed',
      suggestion: `close it with '"', or put a backslash before a '"' inside the word`,
      at: this.#word(start, start + 1, '"', true),
    })
    this.#index = end
  }

  #takeBare(): void {
    const start = this.#index
    this.#index = endOfBare(this.#text, start, true)
    const value = this.#text.slice(start, this.#index).replaceAll('\r', '')
    const word = this.#word(start, this.#index, value, false)
    this.words.push(word)
    if (this.#text.charCodeAt(this.#index) !== hash) return
    // A comment glued to a word ends at the next space, not at the end of the line.
    this.#index = endOfBare(this.#text, this.#index, false)
    if (isRestBlank(this.#text, this.#index)) return
    this.problems.push({
      severity: 'warning',
      message: `the comment glued to '${clip(value)}' ends at its first space: words follow`,
      suggestion: `put a space before '#'`,
      at: { ...word, column: word.column + word.width, width: 1 },
    })
  }

  #word(start: number, end: number, text: string, isQuoted: boolean): Word {
    return {
      text,
      source: this.#source,
      line: this.#line,
      column: start - this.#lineStart + 1,
      width: end - start,
      endLine: this.#line,
      isQuoted,
    }
  }
}

/** Finds the end of a word without quotes, or of a comment glued to one. */
function endOfBare(text: string, from: number, endsAtHash: boolean): number {
  let index = from
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === hash && endsAtHash) break
    if (code !== carriageReturn && isSpace(code)) break
  }
  return index
}

/** Unicode's White_Space, which differs from JavaScript's: U+0085 is in, U+FEFF is not. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  if (code < 0x85) return false
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** Finds the quote that closes a word; a backslash protects whatever follows it. */
function closingQuote(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === backslash) index++
    else if (code === quote) return index
  }
  return -1
}

/** `\"` is the only escape; a backslash before anything else stays, so that regexes survive. */
function unescapeQuotes(raw: string): string {
  return raw.includes('\\') ? raw.replace(/\\([\s\S])/g, keepUnlessQuote) : raw
}

function keepUnlessQuote(pair: string, char: string): string {
  return char === '"' ? char : pair
}

/** Tells whether only space and a comment are left of a line. */
function isRestBlank(text: string, from: number): boolean {
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === newlineCode || code === hash) return true
    if (!isSpace(code)) return false
  }
  return true
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from)
  return newline === -1 ? text.length : newline
}

function countNewlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
