/** Cuts a template into text and the tokens of its actions, as Go's text/template does. */

/** A piece of a template; `start` and `end` are offsets in code units. */
export interface Lexeme {
  readonly kind: 'text' | 'open' | 'close' | 'word' | 'field' | 'variable' | 'literal' | 'sign'
  /** The text; of a field, its name without the dot; empty for the dot itself. */
  readonly text: string
  readonly value?: string | number | boolean
  readonly start: number
  readonly end: number
}

const LEXEME =
  /([A-Za-z_]\w*)|\.([A-Za-z_]\w*)?|(\$\w*)|([+-]?\d\w*)|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(:=|[=|(),])/y
const COMMENT = /\/\*[\s\S]*?\*\/(?=\}\}|[ \t\r\n]-\}\})/y
const INTEGER = /^[+-]?(?:0|[1-9]\d*|0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/
const SPACE = /[ \t\r\n]*/y
const ESCAPE =
  /\\(?:([abfnrtv\\"])|x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{3})|([\s\S]))/gi
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', '"': '"' },
}

/**
 * Cuts a template into pieces.
 * @throws TemplateFault at what is none
 */
export function scanTemplate(source: string): Lexeme[] {
  const lexemes: Lexeme[] = []
  let at = 0
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', at)) {
    // `{{- ` and ` -}}` take the white space before and after with them.
    const trims = /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4))
    const text = source.slice(at, open)
    lexemes.push({
      kind: 'text',
      text: trims ? text.replace(/(?<![ \t\r\n])[ \t\r\n]+$/, '') : text,
      start: at,
      end: open,
    })
    at = scanAction(source, open, trims ? open + 4 : open + 2, lexemes)
  }
  lexemes.push({ kind: 'text', text: source.slice(at), start: at, end: source.length })
  return lexemes
}

/** Gives where the text after the action begins. */
function scanAction(source: string, open: number, inside: number, lexemes: Lexeme[]): number {
  COMMENT.lastIndex = inside
  const comment = COMMENT.exec(source)?.[0].length ?? 0
  if (comment === 0) lexemes.push({ kind: 'open', text: '{{', start: open, end: open + 2 })
  let at = inside + comment
  for (;;) {
    const from = at
    at = skipSpace(source, at)
    const trims = source.startsWith('-}}', at) && (at > from || from === inside)
    if (trims || source.startsWith('}}', at)) {
      const end = at + (trims ? 3 : 2)
      if (comment === 0) lexemes.push({ kind: 'close', text: '}}', start: at, end })
      return trims ? skipSpace(source, end) : end
    }
    if (at >= source.length) throw new TemplateFault('an action is not closed', open, at)
    const lexeme = scanLexeme(source, at)
    lexemes.push(lexeme)
    at = lexeme.end
  }
}

function skipSpace(source: string, at: number): number {
  SPACE.lastIndex = at
  return at + (SPACE.exec(source)?.[0].length ?? 0)
}

function scanLexeme(source: string, start: number): Lexeme {
  LEXEME.lastIndex = start
  const found = LEXEME.exec(source)
  if (found === null) {
    const isText = source[start] === '"' || source[start] === '`'
    const reason = isText ? 'a text is not closed' : `'${source[start]}' has no meaning here`
    throw new TemplateFault(reason, start, isText ? source.length : start + 1)
  }
  const [text, word, field, variable, number, quoted, sign] = found
  const end = start + text.length
  if (word === 'true' || word === 'false') {
    return { kind: 'literal', text, value: word === 'true', start, end }
  }
  if (word !== undefined) return { kind: 'word', text, start, end }
  if (variable !== undefined) return { kind: 'variable', text, start, end }
  if (sign !== undefined) return { kind: 'sign', text, start, end }
  if (number !== undefined) {
    const digits = number.replace(/^[+-]/, '')
    const value = Number(digits) * (number.startsWith('-') ? -1 : 1)
    if (!INTEGER.test(number) || !Number.isSafeInteger(value)) {
      throw new TemplateFault(`${number} is no integer that templates can have`, start, end)
    }
    return { kind: 'literal', text, value, start, end }
  }
  if (quoted === undefined) return { kind: 'field', text: field ?? '', start, end }
  const value = quoted.startsWith('`') ? quoted.slice(1, -1) : unquote(quoted, start)
  return { kind: 'literal', text, value, start, end }
}

function unquote(quoted: string, start: number): string {
  return quoted.slice(1, -1).replace(ESCAPE, (all, letter, x, u, long, octal, _, at: number) => {
    const code = Number.parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8)
    const known = letter === undefined ? undefined : ESCAPES[letter]
    if (known !== undefined) return known
    if (code <= 0x10_ffff && (octal === undefined || code < 256)) return String.fromCodePoint(code)
    const from = start + 1 + at
    throw new TemplateFault(`${all} is no escape`, from, from + all.length)
  })
}

/** What is wrong with a template, and where: offsets in code units. */
export class TemplateFault {
  readonly reason: string
  readonly start: number
  readonly end: number

  constructor(reason: string, start: number, end: number) {
    this.reason = reason
    this.start = start
    this.end = end
  }
}
