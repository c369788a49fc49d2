/** Rules of *rewrite* about the options of queries. RFC 6891 6.1.2, RFC 5001, RFC 7871. */

import {
  composeClientSubnet,
  EdnsOption,
  type EdnsOptionData,
  parseIp,
  type Query,
} from '@fingerpost/sdk'
import type { Rule } from './rule.ts'
import type { Undo } from './undo.ts'

export const ACTIONS = ['set', 'append', 'replace', 'unset'] as const
export type Action = (typeof ACTIONS)[number]

/** Makes the data of an option for a query; undefined leaves the options as they are. */
export type OptionMaker = (query: Query) => EdnsOptionData | undefined

/** Sets, adds, replaces or removes an option; with `reverts`, responses have it as it was. */
export function ednsRule(
  code: number,
  action: Action,
  make: OptionMaker,
  reverts: boolean,
): Rule['apply'] {
  return (draft) => {
    const before = draft.options ?? draft.query.ednsOptions
    // The query gets an OPT in any case, as CoreDNS has it.
    draft.options = before
    const option = action === 'unset' ? undefined : make(draft.query)
    const isThere = before.some((one) => one.code === code)
    if (action === 'unset') draft.options = before.filter((one) => one.code !== code)
    else if (option !== undefined) draft.options = changed(before, option, action, isThere)
    if (!reverts) return nothing
    const original = before.find((one) => one.code === code)
    return [revert(code, original)]
  }
}

const nothing: readonly Undo[] = []

function changed(
  options: readonly EdnsOptionData[],
  option: EdnsOptionData,
  action: Exclude<Action, 'unset'>,
  isThere: boolean,
): readonly EdnsOptionData[] {
  if (action === 'append') return [...options, option]
  if (isThere) return options.map((one) => (one.code === option.code ? option : one))
  return action === 'set' ? [...options, option] : options
}

function revert(code: number, original: EdnsOptionData | undefined): Undo {
  return {
    options: (options) => {
      const others = options.filter((one) => one.code !== code)
      return original === undefined ? others : [...others, original]
    },
  }
}

/** Octets, or what a variable stands for. */
export type LocalData = Uint8Array | Variable

/** Things that an option can say of a query; anything with a `/` is metadata. */
export const VARIABLES = [
  ...['qname', 'qtype', 'client_ip', 'client_port', 'protocol', 'server_ip', 'server_port'],
] as const
export type Variable = string

/** An option with the same data for all, or with the value of a variable. */
export function localOption(code: number, data: LocalData): OptionMaker {
  if (typeof data !== 'string') return () => ({ code, data })
  return (query) => {
    const value = variableOf(query, data)
    return value === undefined ? undefined : { code, data: value }
  }
}

/** An empty NSID: the server shall say who it is. */
export function nsidOption(): OptionMaker {
  const option = { code: EdnsOption.NSID, data: new Uint8Array(0) }
  return () => option
}

/** The client's network, by so many bits of its address. */
export function subnetOption(ipv4Bits: number, ipv6Bits: number): OptionMaker {
  return ({ clientAddress }) => {
    const whole = parseIp(clientAddress)
    if (whole === undefined) return undefined
    const bits = whole.length === 4 ? ipv4Bits : ipv6Bits
    const address = whole.map((octet, i) => {
      const left = bits - 8 * i
      return left >= 8 ? octet : left <= 0 ? 0 : octet & (0xff << (8 - left))
    })
    return composeClientSubnet({ address, sourcePrefixLength: bits, scopePrefixLength: 0 })
  }
}

function variableOf(query: Query, name: Variable): Uint8Array | undefined {
  const text = (value: string) => new TextEncoder().encode(value)
  switch (name) {
    case 'qname':
      return text(query.qname.toString())
    case 'qtype':
      return uint16(query.qtype)
    case 'client_ip':
      return parseIp(query.clientAddress)
    case 'client_port':
      return uint16(query.clientPort)
    case 'protocol':
      return text(query.isStream ? 'tcp' : 'udp')
    case 'server_ip':
      return parseIp(query.listener.address)
    case 'server_port':
      return uint16(query.listener.port)
    default: {
      const value = query.metadata?.get(name)
      return value ? text(value) : undefined
    }
  }
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}
