/** The options of *rewrite*: each occurrence is one rule, as words or as a block of them. */

import {
  custom,
  type InferOptions,
  many,
  oneOf,
  type Report,
  rrClass,
  rrType,
  type Token,
} from '@fingerpost/sdk'
import { readEdns } from './read-edns.ts'
import { readCname, readName, readRcode, readTtl } from './read-names.ts'
import { classRule, type Rule, typeRule } from './rule.ts'
import type { Tools } from './tools.ts'

/** A rule as it is written; made into one at the start. */
export interface WrittenRule {
  readonly stops: boolean
  /** Whether it has a regular expression, whose engine is loaded only then. */
  readonly usesRegexp: boolean
  make(tools: Tools): Rule['apply']
}

/** Reads the words behind the field. */
type ReadField = (words: readonly Token[], report: Report) => WrittenRule['make']

const fields: Readonly<Record<string, ReadField>> = {
  name: readName,
  type(words, report) {
    const [from, to] = exactly(2, words, 'type FROM TO', report)
    const rule = typeRule(report.read(rrType, from), report.read(rrType, to))
    return () => rule
  },
  class(words, report) {
    const [from, to] = exactly(2, words, 'class FROM TO', report)
    const rule = classRule(report.read(rrClass, from), report.read(rrClass, to))
    return () => rule
  },
  ttl: readTtl,
  rcode: readRcode,
  cname: readCname,
  edns0: readEdns,
}

const rule = custom<WrittenRule>(
  (own, report) => {
    const inner = (report.statement.block ?? []).flatMap(({ keyword, args: more }) => [
      keyword,
      ...more,
    ])
    const words = [...own, ...inner]
    const mode = words[0]?.text.toLowerCase()
    const isMode = mode === 'continue' || mode === 'stop'
    const [field, ...rest] = isMode ? words.slice(1) : words
    if (field === undefined) throw report.error('no rule: write name, type, class, ttl, …')
    const name = report.read(
      oneOf('name', 'type', 'class', 'ttl', 'rcode', 'cname', 'edns0'),
      field,
    )
    return {
      stops: mode !== 'continue',
      usesRegexp: words.some(({ text }) => /^(regex|answer)$/i.test(text)),
      make: (fields[name] as ReadField)(rest, report),
    }
  },
  { takes: '[continue|stop] FIELD …', block: true },
)

export const options = many(rule)

export type RewriteOptions = InferOptions<typeof options>

function exactly(
  count: number,
  words: readonly Token[],
  form: string,
  report: Report,
): readonly [Token, Token] {
  if (words.length === count) return words as unknown as readonly [Token, Token]
  throw report.error(`write ${form}`, words[count] ?? words.at(-1))
}
