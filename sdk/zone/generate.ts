/**
 * $GENERATE: many records out of one line, as BIND has it. `$` stands for the number at hand,
 * `${offset,width,base}` for a number made of it, `$$` and `\$` for a dollar.
 */

/** Records that one $GENERATE may make. */
export const MAX_GENERATED = 65_536
/** Octets of the text that one $GENERATE may make. */
export const MAX_GENERATED_SIZE: number = 16 * 2 ** 20

/** The numbers of a range, `start-stop` or `start-stop/step`. */
export interface GenerateRange {
  readonly start: number
  readonly step: number
  readonly count: number
}

/** Reads a range; a text that says what is wrong with it otherwise. */
export function readRange(text: string): GenerateRange | string {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text)
  if (match === null) return `expected a range like 1-20 or 0-100/2, got '${text}'`
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]
  if (stop > 0x7fffffff || step === 0 || stop < start) {
    return `expected a range from a number to a greater one, got '${text}'`
  }
  const count = Math.floor((stop - start) / step) + 1
  if (count > MAX_GENERATED) return `$GENERATE makes at most ${MAX_GENERATED} records`
  return { start, step, count }
}

/** What a template is made of: text, and places where a number goes. */
type Piece = string | { readonly offset: number; readonly width: number; readonly base: Base }
type Base = 'd' | 'o' | 'x' | 'X' | 'n' | 'N'

/** A template that was read. */
export type GenerateTemplate = readonly Piece[]

/** Reads a template; a text that says what is wrong with it otherwise. */
export function readTemplate(text: string): GenerateTemplate | string {
  const pieces: Piece[] = []
  let literal = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === '\\') literal += text[at + 1] === '$' ? text[++at] : char + (text[++at] ?? '')
    else if (char !== '$') literal += char
    else if (text[at + 1] === '$') literal += text[at++]
    else {
      if (literal !== '') pieces.push(literal)
      literal = ''
      const braces = text[at + 1] === '{' ? text.slice(at + 2).split('}', 1)[0] : undefined
      const piece = readModifier(braces ?? '0')
      if (piece === undefined || (braces !== undefined && text[at + 2 + braces.length] !== '}')) {
        return `expected \${offset,width,base}, got '$${text.slice(at + 1, at + 20)}'`
      }
      pieces.push(piece)
      if (braces !== undefined) at += braces.length + 2
    }
  }
  if (literal !== '') pieces.push(literal)
  return pieces
}

/** What a template says for one number; undefined when that number would be negative. */
export function fillTemplate(template: GenerateTemplate, number: number): string | undefined {
  let text = ''
  for (const piece of template) {
    if (typeof piece === 'string') {
      text += piece
      continue
    }
    const value = number + piece.offset
    if (value < 0) return undefined
    text += formatNumber(value, piece.width, piece.base)
  }
  return text
}

function readModifier(text: string): Piece | undefined {
  const match = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(text)
  if (match === null) return undefined
  const width = Number(match[2] ?? 0)
  if (width > 255) return undefined
  return { offset: Number(match[1]), width, base: (match[3] ?? 'd') as Base }
}

function formatNumber(value: number, width: number, base: Base): string {
  if (base === 'd') return String(value).padStart(width, '0')
  if (base === 'o') return value.toString(8).padStart(width, '0')
  const hex = value.toString(16)
  const digits = base === 'X' || base === 'N' ? hex.toUpperCase() : hex
  if (base === 'x' || base === 'X') return digits.padStart(width, '0')
  // Nibbles from the last to the first, dots between them; the width counts the dots.
  let nibbles = [...digits].reverse().join('.')
  while (nibbles.length < width) nibbles += nibbles.length + 1 < width ? '.0' : '.'
  return nibbles
}
