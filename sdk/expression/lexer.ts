/** Takes an expression apart into tokens (the language of expr-lang, as Corefiles have it). */

import { ExpressionError } from './expression-error.ts'

/** A token of an expression. */
export interface ExpressionToken {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end'
  /** A text's value without quotes; otherwise as it is written. */
  readonly text: string
  /** Where it begins, in UTF-16 code units. */
  readonly at: number
}

/** Longer expressions are refused. */
export const MAX_EXPRESSION_LENGTH = 10_000

// Longest first, so that `==` is not `=` twice.
const SIGNS = /^(\?\?|\?\.|\*\*|\.\.|&&|\|\||==|!=|<=|>=|[-+*/%^<>!?:.,()[\]{}|#;=])/

/**
 * Splits `source`; the last token is the end.
 * @throws ExpressionError for a character or a text that is none
 */
export function tokenize(source: string): ExpressionToken[] {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(`an expression has ${MAX_EXPRESSION_LENGTH} characters at most`, 0)
  }
  const tokens: ExpressionToken[] = []
  for (let at = 0; ; ) {
    at += /^\s*/.exec(source.slice(at))?.[0].length ?? 0
    const rest = source.slice(at)
    if (rest === '') {
      tokens.push({ kind: 'end', text: '', at })
      return tokens
    }
    const { token, size } = readToken(rest, at)
    tokens.push(token)
    at += size
  }
}

function readToken(rest: string, at: number): { token: ExpressionToken; size: number } {
  const whole = (kind: ExpressionToken['kind'], text: string) => ({
    token: { kind, text, at },
    size: text.length,
  })
  const name = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(rest)
  if (name) return whole('name', name[0])
  const number = /^(0x[\da-f_]+|0b[01_]+|0o[0-7_]+|\d[\d_]*(\.\d+)?(e[-+]?\d+)?)/i.exec(rest)
  if (number) return whole('number', number[0])
  if (/^['"`]/.test(rest)) {
    const { text, size } = readText(rest, at)
    return { token: { kind: 'text', text, at }, size }
  }
  const sign = SIGNS.exec(rest)
  if (sign) return whole('sign', sign[0])
  throw new ExpressionError(`unexpected character ${JSON.stringify([...rest][0])}`, at)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** A text in quotes; between backquotes nothing is escaped. */
function readText(rest: string, at: number): { text: string; size: number } {
  const quote = rest[0] as string
  let text = ''
  for (let i = 1; i < rest.length; i++) {
    const char = rest[i] as string
    if (char === quote) return { text, size: i + 1 }
    if (char !== '\\' || quote === '`') {
      text += char
      continue
    }
    const escaped = ESCAPES[rest[++i] ?? '']
    if (escaped === undefined) {
      throw new ExpressionError(`unknown escape \\${rest[i] ?? ''}`, at + i - 1)
    }
    text += escaped
  }
  throw new ExpressionError('the text is not closed', at)
}
