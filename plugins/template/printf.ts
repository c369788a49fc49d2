/** Values as text: `printf` and the way in which Go prints what it is given. */

import { describe, isMap, Struct, TemplateFailure, type Value } from './value.ts'

/** The most code units that a template, or one `printf` in it, may make. */
export const MAX_TEXT_LENGTH = 262_144
/** The most characters that `printf` fills a value up to. */
const MAX_WIDTH = 1000

const VERB = /%([-0]*)(\d*)(?:\.(\d*))?([\s\S])?/gu
const UTF8 = new TextEncoder()

/** Formats values as Go's `%v` does. */
export function show(value: Value): string {
  if (value instanceof Struct) throw new TemplateFailure('only its fields can be printed')
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return bounded(`[${value.map(show).join(' ')}]`)
  if (!isMap(value)) return String(value)
  const keys = Object.keys(value).sort()
  return bounded(`map[${keys.map((key) => `${key}:${show(value[key] ?? null)}`).join(' ')}]`)
}

/** The size of a text in octets, which is its length in Go. */
export function sizeOf(text: string): number {
  return UTF8.encode(text).length
}

/** Formats by `%` verbs. @throws TemplateFailure at a verb that is none of ours */
export function printf([format, ...values]: readonly Value[]): string {
  if (typeof format !== 'string') throw new TemplateFailure('printf takes a text first')
  let used = 0
  let length = 0
  const text = format.replace(VERB, (all, flags, width, precision, verb) => {
    if (verb === '%') return '%'
    if (verb === undefined || !'sdvxXqt'.includes(verb)) {
      throw new TemplateFailure(`printf has no verb ${all}`)
    }
    if (Number(width) > MAX_WIDTH || Number(precision ?? 0) > MAX_WIDTH) {
      throw new TemplateFailure(`printf fills up to ${MAX_WIDTH} characters at most`)
    }
    if (used >= values.length) return `%!${verb}(MISSING)`
    const piece = fill(one(verb, values[used++] as Value, precision), flags, Number(width))
    length += piece.length
    if (length > MAX_TEXT_LENGTH) throw tooLong()
    return piece
  })
  if (used === values.length) return bounded(text)
  const extra = values.slice(used).map((value) => `${describe(value)}=${show(value)}`)
  return bounded(`${text}%!(EXTRA ${extra.join(', ')})`)
}

function one(verb: string, value: Value, precision: string | undefined): string {
  if (precision !== undefined && (typeof value !== 'string' || !'svq'.includes(verb))) {
    throw new TemplateFailure(`printf takes a precision for texts alone, not %.${precision}${verb}`)
  }
  if (Array.isArray(value)) return `[${value.map((item) => one(verb, item, precision)).join(' ')}]`
  if (verb === 'v') return cut(show(value), precision)
  if (typeof value === 'string') {
    if (verb === 's') return cut(value, precision)
    if (verb === 'q') return quote(cut(value, precision))
    if (verb === 'x') return hexOf(value)
    if (verb === 'X') return hexOf(value).toUpperCase()
  }
  if (typeof value === 'number') {
    if (verb === 'd') return String(value)
    if (verb === 'x') return value.toString(16)
    if (verb === 'X') return value.toString(16).toUpperCase()
  }
  if (typeof value === 'boolean' && verb === 't') return String(value)
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${describe(value)}=${show(value)})`
}

function cut(text: string, precision: string | undefined): string {
  return precision === undefined ? text : [...text].slice(0, Number(precision)).join('')
}

function fill(text: string, flags: string, width: number): string {
  const missing = width - [...text].length
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  if (!flags.includes('0')) return ' '.repeat(missing) + text
  const sign = /^-\d/.test(text) ? '-' : ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}

function hexOf(text: string): string {
  let digits = ''
  for (const octet of UTF8.encode(text)) digits += octet.toString(16).padStart(2, '0')
  return digits
}

function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be escaped.
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => {
    const code = char.charCodeAt(0)
    if (code === 0x22 || code === 0x5c) return `\\${char}`
    const letter = 'abtnvfr'[code - 7]
    return letter ? `\\${letter}` : `\\x${code.toString(16).padStart(2, '0')}`
  })
  return `"${escaped}"`
}

function bounded(text: string): string {
  if (text.length > MAX_TEXT_LENGTH) throw tooLong()
  return text
}

/** The failure of a template whose text grows too long. */
export function tooLong(): TemplateFailure {
  return new TemplateFailure(`the text is longer than ${MAX_TEXT_LENGTH} characters`)
}
