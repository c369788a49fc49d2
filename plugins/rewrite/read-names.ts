/** Reads the rules of *rewrite* that match names: `name`, `ttl`, `rcode`, `cname`. */

import { ConfigError, type Report, rcode, type Token } from '@fingerpost/sdk'
import {
  KINDS,
  type Kind,
  type NameRewriter,
  normalised,
  regexRewriter,
  rewriterOf,
} from './names.ts'
import { cnameRule, type Matches, nameRule, type Rule, rcodeRule, ttlRule } from './rule.ts'
import type { Tools } from './tools.ts'

type Make = (tools: Tools) => Rule['apply']

const MAX_TTL_SECONDS = 2 ** 31 - 1
const MAX_RCODE = 0xfff

/** `name [KIND] FROM TO [answer auto | answer name RE TO | answer value RE TO]…` */
export function readName(words: readonly Token[], report: Report): Make {
  const at = words.findIndex(({ text }) => text === 'answer')
  const own = at < 0 ? words : words.slice(0, at)
  const { kind, from, to, rest } = readMatch(own, 2, 'name [KIND] FROM TO', report)
  if (rest.length > 0) throw report.error("only 'answer' may follow", rest[0])
  const answers = at < 0 ? [] : splitAnswers(words.slice(at), report)
  const isAuto = kind === 'exact' || answers.some(([what]) => what?.text === 'auto')
  return (tools) => {
    const rewriter = makeRewriter(kind, from, to as Token, tools)
    const rewriters = (what: string): NameRewriter[] =>
      answers
        .filter(([word]) => word?.text === what)
        .map(([, pattern, target]) => makeRegex(pattern as Token, target as Token, tools))
    const isSuffix = kind === 'suffix'
    const back = isSuffix
      ? rewriterOf('suffix', normalised((to as Token).text), normalised(from.text))
      : undefined
    return nameRule(rewriter, {
      isAuto,
      back,
      names: rewriters('name'),
      values: rewriters('value'),
    })
  }
}

/** `ttl [KIND] NAME SECONDS|MIN-MAX|-MAX|MIN-` */
export function readTtl(words: readonly Token[], report: Report): Make {
  const { kind, from, to, rest } = readMatch(words, 2, 'ttl [KIND] NAME TTL', report)
  if (rest.length > 0) throw report.error('nothing may follow the TTL', rest[0])
  const word = to as Token
  const parts = /^(\d{1,10})?(-)?(\d{1,10})?$/.exec(word.text)
  const [, first, dash, last] = parts ?? []
  const min = first === undefined ? 0 : Number(first)
  const max = last !== undefined ? Number(last) : dash === '-' ? MAX_TTL_SECONDS : min
  const isGood = (first ?? last) !== undefined && min <= max && max <= MAX_TTL_SECONDS
  if (parts === null || !isGood) {
    throw report.error('expected a TTL: 60, 60-300, -300 or 60-', word)
  }
  return (tools) => ttlRule(matcher(kind, from, tools), min, max)
}

/** `rcode [KIND] NAME FROM TO` */
export function readRcode(words: readonly Token[], report: Report): Make {
  const { kind, from, rest } = readMatch(words, 1, 'rcode [KIND] NAME FROM TO', report)
  const [before, after, ...others] = rest
  if (before === undefined || after === undefined || others.length > 0) {
    throw report.error('write rcode [KIND] NAME FROM TO', others[0] ?? words.at(-1))
  }
  const [old, made] = [readCode(before, report), readCode(after, report)]
  return (tools) => rcodeRule(matcher(kind, from, tools), old, made)
}

function readCode(word: Token, report: Report): number {
  const number = /^\d{1,4}$/.test(word.text) ? Number(word.text) : undefined
  return number !== undefined && number <= MAX_RCODE ? number : report.read(rcode, word)
}

/** `cname [KIND] FROM TO` */
export function readCname(words: readonly Token[], report: Report): Make {
  const { kind, from, to, rest } = readMatch(words, 2, 'cname [KIND] FROM TO', report)
  if (rest.length > 0) throw report.error('nothing may follow the target', rest[0])
  return (tools) => cnameRule(makeRewriter(kind, from, to as Token, tools), tools.host)
}

interface Match {
  readonly kind: Kind
  readonly from: Token
  readonly to: Token | undefined
  readonly rest: readonly Token[]
}

/** The kind, which may be left out, then `count` words. */
function readMatch(words: readonly Token[], count: number, form: string, report: Report): Match {
  const first = words[0]?.text.toLowerCase() ?? ''
  const isKind = (KINDS as readonly string[]).includes(first) && words.length > count
  const [from, ...others] = isKind ? words.slice(1) : words
  const to = count === 2 ? others[0] : undefined
  const rest = others.slice(count - 1)
  if (from === undefined || (count === 2 && to === undefined)) {
    throw report.error(`write ${form}`, words.at(-1))
  }
  if (!isKind && rest.length > 0 && count === 2) {
    throw report.error(
      `expected one of ${KINDS.join(', ')}, got ${JSON.stringify(first)}`,
      words[0],
    )
  }
  return { kind: isKind ? (first as Kind) : 'exact', from, to, rest }
}

function splitAnswers(words: readonly Token[], report: Report): (readonly Token[])[] {
  const answers: (readonly Token[])[] = []
  for (let at = 0; at < words.length; ) {
    const [keyword, what] = words.slice(at, at + 2)
    if (keyword?.text !== 'answer' || what === undefined) {
      throw report.error(
        "write 'answer auto', 'answer name RE TO' or 'answer value RE TO'",
        keyword,
      )
    }
    const size = what.text === 'auto' ? 2 : 4
    const known = ['auto', 'name', 'value'].includes(what.text)
    if (!known || words.length < at + size) {
      throw report.error("expected 'auto', 'name RE TO' or 'value RE TO'", what)
    }
    answers.push(words.slice(at + 1, at + size))
    at += size
  }
  return answers
}

function makeRewriter(kind: Kind, from: Token, to: Token, tools: Tools): NameRewriter {
  if (kind === 'regex') return makeRegex(from, to, tools)
  return rewriterOf(kind, normalised(from.text), normalised(to.text))
}

function makeRegex(pattern: Token, to: Token, { regexp }: Tools): NameRewriter {
  const compiled = regexp(pattern)
  for (const [whole, index] of to.text.matchAll(/\{(\d+)\}/g)) {
    if (Number(index) <= compiled.groupCount) continue
    const message = `${whole} is more than the groups of the expression (${compiled.groupCount})`
    throw new ConfigError('bad-value', message, { at: to })
  }
  return regexRewriter(compiled, normalised(to.text))
}

function matcher(kind: Kind, pattern: Token, { regexp }: Tools): Matches {
  if (kind === 'regex') {
    const compiled = regexp(pattern)
    return (name) => compiled.test(name.toLowerCase().toString())
  }
  const text = normalised(pattern.text)
  const { rewrite } = rewriterOf(kind, text, text)
  return (name) => {
    try {
      return rewrite(name) !== undefined
    } catch {
      return false
    }
  }
}
