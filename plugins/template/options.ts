/** The options of *template*. */

import {
  args,
  Class,
  custom,
  directive,
  expression,
  type InferOptions,
  integer,
  located,
  many,
  optional,
  Rcode,
  type Reader,
  type Report,
  rest,
  type Token,
  Type,
  text,
  type Word,
  type WrittenExpression,
  word,
  writtenExpression,
  zones,
} from '@fingerpost/sdk'
import { compileTemplate, type Template } from './compile.ts'
import { TemplateFault } from './lexer.ts'

// Mnemonics are upper case here, as they are in CoreDNS.
const mnemonic = (expects: string, name: string, example: string, codes: object): Word<number> =>
  word<number>({
    expects,
    name,
    example,
    choices: Object.keys(codes),
    parse: (mnemonic, refuse) =>
      Object.hasOwn(codes, mnemonic) ? (codes as Record<string, number>)[mnemonic]! : refuse(),
  })

/** One or more templates, each giving one record. */
const templates: Reader<readonly Template[]> = custom(
  (tokens, report) => {
    if (tokens.length === 0) throw report.error('takes one template or more')
    return tokens.flatMap((token) => compiled(token, report) ?? [])
  },
  { takes: 'TEMPLATE [TEMPLATE…]' },
)

const variable: Reader<WrittenExpression & { readonly name: string }> = custom(
  ([name, ...tokens], report) => {
    if (name === undefined || !/^[A-Za-z_]\w*$/.test(name.text)) {
      throw report.error('takes a name of letters and digits, then an expression', name)
    }
    return { ...writtenExpression(tokens, report), name: name.text }
  },
  { takes: 'NAME EXPRESSION' },
)

export const options = many(
  directive({
    args: args(
      mnemonic('a class', 'CLASS', 'IN', Class),
      mnemonic('a record type', 'TYPE', 'A', Type),
      rest(zones),
    ),
    block: {
      // Compiled in setup, so that the engine is loaded only where there is an expression.
      match: many(located(text)),
      answer: many(templates),
      additional: many(templates),
      authority: many(templates),
      rcode: optional(mnemonic('a response code', 'RCODE', 'NXDOMAIN', Rcode), Rcode.NOERROR),
      ederror: args(integer(0, 65_535), optional(text, '')),
      fallthrough: rest(zones),
      upstream: rest(text),
      var: many(variable),
      expr: many(expression),
    },
  }),
)

/** What one occurrence of the directive says. */
export type TemplateOptions = InferOptions<typeof options>[number]

function compiled(token: Token, report: Report): Template | undefined {
  const template = compileTemplate(token.text)
  if (!(template instanceof TemplateFault)) return template
  const { reason, start, end } = template
  report(reason, partOf(token, start, end))
  return undefined
}

/** Points at a part of a word, as long as its octets stand in the file as they are. */
function partOf(token: Token, start: number, end: number): Token {
  const quote = token.width - token.text.length === 2 ? 1 : 0
  if (token.text.length + 2 * quote !== token.width) return token
  const part = { text: token.text.slice(start, end), width: end - start }
  return { ...token, ...part, column: token.column + quote + start }
}
