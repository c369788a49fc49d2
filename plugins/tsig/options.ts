/** The options of *tsig*. */

import {
  args,
  custom,
  directive,
  type InferOptions,
  many,
  path,
  rest,
  rrType,
  type Token,
  word,
  zone,
  zones,
} from '@fingerpost/sdk'
import { parseSecret } from './keys.ts'

const secret = word<Uint8Array>({
  expects: 'a secret in base64',
  name: 'BASE64',
  example: 'NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk=',
  parse: (written, refuse) => parseSecret(written) ?? refuse(),
})

/** Types that must come signed: all of them, none, or those named. */
export type Required = 'all' | 'none' | readonly number[]

const required = custom<Required>(
  (tokens, report) => {
    if (tokens.length === 0) throw report.error('all, none, or types are needed')
    const [first] = tokens as [Token]
    const word = first.text.toLowerCase()
    if (tokens.length === 1 && (word === 'all' || word === 'none')) return word
    return tokens.map((token) => report.read(rrType, token))
  },
  { takes: 'all|none|TYPE…' },
)

export const options = directive({
  args: args(rest(zones)),
  block: { secret: many(args(zone, secret)), secrets: many(path), require: required },
})

export type TsigOptions = InferOptions<typeof options>
