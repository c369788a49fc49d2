/** The options of *view*. */

import { args, custom, directive, many, required, type Token, text } from '@fingerpost/sdk'

/** An expression as it is written. */
export interface Written {
  /** The words with a space between them: quotes around words are the Corefile's. */
  readonly text: string
  /** The word at an offset of the text. */
  placeOf(offset: number): Token | undefined
}

const expression = custom<Written>(
  (tokens, report) => {
    if (tokens.length === 0) throw report.error('an expression is needed')
    const starts: number[] = []
    let whole = ''
    for (const token of tokens) {
      starts.push(whole.length)
      whole += `${token.text} `
    }
    return {
      text: whole.trimEnd(),
      placeOf: (offset) => tokens[starts.findLastIndex((start) => start <= offset)],
    }
  },
  { takes: 'EXPRESSION' },
)

export const options = directive({
  args: args(text),
  block: { expr: required(many(expression)) },
})
