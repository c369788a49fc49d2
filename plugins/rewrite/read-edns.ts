/** Reads the rules of *rewrite* about EDNS options: `edns0 local|nsid|subnet …`. */

import { EdnsOption, integer, oneOf, type Report, type Token } from '@fingerpost/sdk'
import {
  ACTIONS,
  ednsRule,
  type LocalData,
  localOption,
  nsidOption,
  subnetOption,
  VARIABLES,
} from './edns-rule.ts'
import type { Rule } from './rule.ts'
import type { Tools } from './tools.ts'

type Make = (tools: Tools) => Rule['apply']

/** `edns0 local ACTION CODE [DATA] [revert]`, `nsid ACTION`, `subnet ACTION BITS4 BITS6` */
export function readEdns(words: readonly Token[], report: Report): Make {
  const [kind, verb, ...rest] = words
  if (kind === undefined || verb === undefined) {
    throw report.error('write edns0 local|nsid|subnet ACTION …', kind)
  }
  const name = report.read(oneOf('local', 'nsid', 'subnet'), kind)
  const action = report.read(oneOf(...ACTIONS), verb)
  const reverts = rest.at(-1)?.text === 'revert'
  const values = reverts ? rest.slice(0, -1) : rest
  const apply = (code: number, make: Parameters<typeof ednsRule>[2]): Make => {
    const rule = ednsRule(code, action, make, reverts)
    return () => rule
  }
  const takes = (count: number, form: string): readonly Token[] => {
    if (values.length === count) return values
    throw report.error(`write edns0 ${name} ${action} ${form}`, values[count] ?? words.at(-1))
  }
  if (name === 'nsid') {
    takes(0, '[revert]')
    return apply(EdnsOption.NSID, nsidOption())
  }
  if (name === 'subnet') {
    if (action === 'unset' && values.length === 0) {
      return apply(EdnsOption.ECS, () => undefined)
    }
    const [ipv4, ipv6] = takes(2, 'BITS4 BITS6 [revert]') as [Token, Token]
    const make = subnetOption(report.read(integer(0, 32), ipv4), report.read(integer(0, 128), ipv6))
    return apply(EdnsOption.ECS, make)
  }
  if (action === 'unset') {
    const [code] = takes(1, 'CODE [revert]') as [Token]
    return apply(readCode(code, report), () => undefined)
  }
  const [code, data] = takes(2, 'CODE DATA [revert]') as [Token, Token]
  const number = readCode(code, report)
  return apply(number, localOption(number, readData(data, report)))
}

function readCode(word: Token, report: Report): number {
  const isNumber = /^(0x[\da-f]{1,4}|\d{1,5})$/i.test(word.text)
  const code = Number(word.text)
  if (!isNumber || code > 0xffff) {
    throw report.error('expected the code of an option: 65518 or 0xffee', word)
  }
  return code
}

function readData(word: Token, report: Report): LocalData {
  const { text } = word
  const variable = /^\{(.*)\}$/.exec(text)?.[1]
  if (variable !== undefined) {
    if (variable.includes('/')) return variable.replace(/^\//, '')
    if ((VARIABLES as readonly string[]).includes(variable)) return variable
    throw report.error(`expected one of {${VARIABLES.join('}, {')}} or {PLUGIN/LABEL}`, word)
  }
  if (!text.startsWith('0x')) return new TextEncoder().encode(text)
  const digits = text.slice(2)
  if (digits.length % 2 !== 0 || !/^[\da-f]*$/i.test(digits)) {
    throw report.error('expected pairs of hex digits behind 0x', word)
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
