/**
 * Cuts the text of a zone into entries and their tokens: comments, parentheses, quotes and
 * escapes (RFC 1035 5.1). Tokens keep their escapes; who reads one knows what it means.
 */

/** A word or a quoted string, without its quotes but with its escapes. */
export interface ZoneToken {
  readonly text: string
  readonly isQuoted: boolean
  /** True when nothing stood between this token and the one before: `alpn="h2"`. */
  readonly isJoined: boolean
}

/** One entry of a zone: a line, or several held together by parentheses. */
export interface ZoneEntry {
  readonly tokens: readonly ZoneToken[]
  /** True when the entry began with a blank, which stands for the owner before. */
  readonly isIndented: boolean
  /** Of its first token, from 1. */
  readonly line: number
}

/** An entry that can't be cut into tokens; `line` counts from 1. */
export class ZoneTextError extends RangeError {
  override readonly name = 'ZoneTextError'
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * Cuts `text` into entries; those without tokens are left out.
 * @throws ZoneTextError for quotes and parentheses without their other half.
 */
export function* zoneEntries(text: string): Generator<ZoneEntry> {
  const cursor: Cursor = { text, at: 0, line: 1 }
  while (cursor.at < text.length) {
    const entry = readEntry(cursor)
    if (entry.tokens.length > 0) yield entry
  }
}

interface Cursor {
  readonly text: string
  at: number
  line: number
}

/** Reads up to the newline that ends the entry. */
function readEntry(cursor: Cursor): ZoneEntry {
  const { text } = cursor
  const tokens: ZoneToken[] = []
  const isIndented = isBlank(text[cursor.at])
  let line = cursor.line
  let openedAt = 0
  let depth = 0
  let isJoined = false
  while (cursor.at < text.length) {
    const char = text[cursor.at] as string
    if (char === '\n') {
      cursor.at++
      cursor.line++
      isJoined = false
      if (depth === 0) break
    } else if (isBlank(char)) {
      cursor.at++
      isJoined = false
    } else if (char === ';') {
      const end = text.indexOf('\n', cursor.at)
      cursor.at = end < 0 ? text.length : end
    } else if (char === '(' || char === ')') {
      cursor.at++
      isJoined = false
      if (char === '(' && depth++ === 0) openedAt = cursor.line
      if (char === ')' && --depth < 0) throw new ZoneTextError("')' without '('", cursor.line)
    } else {
      if (tokens.length === 0) line = cursor.line
      tokens.push(char === '"' ? readQuoted(cursor, isJoined) : readWord(cursor, isJoined))
      isJoined = true
    }
  }
  if (depth > 0) throw new ZoneTextError("'(' is never closed", openedAt)
  return { tokens, isIndented, line }
}

function readWord(cursor: Cursor, isJoined: boolean): ZoneToken {
  const start = cursor.at
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at] as string
    if (char === '\\') skipEscape(cursor)
    else if (isBlank(char) || '\n;()"'.includes(char)) break
    else cursor.at++
  }
  return { text: cursor.text.slice(start, cursor.at), isQuoted: false, isJoined }
}

function readQuoted(cursor: Cursor, isJoined: boolean): ZoneToken {
  const start = ++cursor.at
  const openedAt = cursor.line
  while (cursor.text[cursor.at] !== '"') {
    if (cursor.at >= cursor.text.length) throw new ZoneTextError("'\"' is never closed", openedAt)
    if (cursor.text[cursor.at] === '\n') cursor.line++
    if (cursor.text[cursor.at] === '\\') skipEscape(cursor)
    else cursor.at++
  }
  return { text: cursor.text.slice(start, cursor.at++), isQuoted: true, isJoined }
}

/** Goes past a backslash and the character it protects. */
function skipEscape(cursor: Cursor): void {
  const next = cursor.text[cursor.at + 1]
  if (next === undefined) throw new ZoneTextError("'\\' with nothing behind it", cursor.line)
  if (next === '\n') cursor.line++
  cursor.at += 2
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r'
}
