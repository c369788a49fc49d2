/** One occurrence of *template*: which queries it is for, and what its expressions find. */

import {
  Class,
  type Counter,
  DnsError,
  formatClass,
  formatType,
  type Host,
  Name,
  type Query,
  Type,
} from '@fingerpost/sdk'
import type { Regexp } from '@fingerpost/sdk/regexp'
import type { Template } from './compile.ts'
import type { Conditions } from './conditions.ts'
import type { TemplateOptions } from './options.ts'
import type { TemplateData } from './value.ts'

/** A rule and the queries it answers. */
export class Rule {
  readonly answer: readonly Template[]
  readonly additional: readonly Template[]
  readonly authority: readonly Template[]
  readonly rcode: number
  /** The extended DNS error: info code and text. */
  readonly extendedError: readonly [infoCode: number, text: string] | undefined
  readonly #qclass: number
  readonly #qtype: number
  readonly #zones: readonly Name[]
  readonly #expressions: readonly Regexp[]
  readonly #conditions: Conditions
  /** Zones to leave unmatched names of to the next plugin. */
  readonly #fallthrough: readonly Name[]
  readonly #matches: Counter
  readonly #host: Host
  /** Counters kept by listener, then by zone, class and type. */
  readonly #counters: Map<number, Counter>[] = []

  constructor(
    { args: [qclass, qtype, zones], block }: TemplateOptions,
    expressions: readonly Regexp[],
    conditions: Conditions,
    host: Host,
  ) {
    this.answer = block.answer.flat()
    this.additional = block.additional.flat()
    this.authority = block.authority.flat()
    this.rcode = block.rcode
    this.extendedError = block.ederror
    this.#host = host
    this.#qclass = qclass
    this.#qtype = qtype
    this.#zones = zones.length > 0 ? zones.map((zone) => Name.parseText(zone)) : host.block.zones
    this.#expressions = expressions
    this.#conditions = conditions
    this.#fallthrough = fallthroughOf(block.fallthrough)
    const labels = ['server', 'zone', 'view', 'class', 'type']
    this.#matches = host.counter('matches_total', 'Queries that a template matched.', labels)
  }

  get templates(): readonly Template[] {
    return [...this.answer, ...this.additional, ...this.authority]
  }

  /**
   * Finds what the templates speak of; nothing when the query is not for this rule, `mismatch`
   * when it is but its expressions do not match and the name may not fall through.
   */
  match(query: Query): TemplateData | undefined | 'mismatch' {
    const { qclass, qtype } = query
    if (!isOneOf(this.#qclass, qclass, Class.ANY) || !isOneOf(this.#qtype, qtype, Type.ANY)) {
      return undefined
    }
    const zoneIndex = this.#zoneIndexOf(query.qname)
    if (zoneIndex < 0) return undefined
    const name = query.qname.toLowerCase()
    const found = evaluated(() => this.#conditions.hold(query))
      ? this.#find(name.toString())
      : undefined
    if (found === undefined) {
      const mayPass = this.#fallthrough.some((origin) => name.isSubdomainOf(origin))
      return mayPass ? undefined : 'mismatch'
    }
    const data: TemplateData = {
      ...found,
      name,
      zone: String(this.#zones[zoneIndex]),
      qclass: qclass === Class.ANY ? this.#qclass : qclass,
      qtype: qtype === Type.ANY ? this.#qtype : qtype,
      query,
      variables: evaluated(() => this.#conditions.variables(query)),
    }
    this.#count(data, zoneIndex)
    return data
  }

  /** The longest of the zones that the name is in; -1 when it is in none. */
  #zoneIndexOf(name: Name): number {
    let longest = -1
    for (const [index, zone] of this.#zones.entries()) {
      if (!name.isSubdomainOf(zone)) continue
      if (longest < 0 || zone.wire.length > this.#zones[longest]!.wire.length) longest = index
    }
    return longest
  }

  #find(name: string): Pick<TemplateData, 'match' | 'group' | 'regexp'> | undefined {
    // Without an expression every name matches, as '.*' would.
    if (this.#expressions.length === 0) return { match: [name], group: { 0: name }, regexp: '.*' }
    for (const expression of this.#expressions) {
      const found = expression.exec(name)
      if (found === undefined) continue
      const match = found.groups.map((group) => group ?? '')
      const named = Object.entries(found.named).map(([key, group]) => [key, group ?? ''])
      const group = { ...match, ...Object.fromEntries(named) }
      return { match, group, regexp: expression.source }
    }
    return undefined
  }

  #count(data: TemplateData, zoneIndex: number): void {
    const { listener } = data.query
    const key = (zoneIndex * 0x10000 + data.qclass) * 0x10000 + data.qtype
    this.#counters[listener.index] ??= new Map()
    const counters = this.#counters[listener.index] as Map<number, Counter>
    let counter = counters.get(key)
    if (counter === undefined) {
      counter = this.#matches.labels(listener.label, ...labelsOf(data, this.#host))
      counters.set(key, counter)
    }
    counter.add()
  }
}

/** The labels `zone`, `view`, `class` and `type`; types without a mnemonic share one series. */
export function labelsOf(
  { zone, qclass, qtype }: TemplateData,
  { settings }: Host,
): readonly string[] {
  const type = formatType(qtype)
  return [zone, settings.viewName, formatClass(qclass), /^TYPE\d/.test(type) ? '' : type]
}

function isOneOf(own: number, asked: number, any: number): boolean {
  return own === asked || own === any || asked === any
}

/** @throws DnsError when an expression comes upon a value it can't take */
function evaluated<T>(evaluate: () => T): T {
  try {
    return evaluate()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DnsError('server-failure', `an expression of the template fails: ${reason}`, {
      cause,
    })
  }
}

function fallthroughOf(zones: readonly string[] | undefined): readonly Name[] {
  if (zones === undefined) return []
  return zones.length === 0 ? [Name.root] : zones.map((zone) => Name.parseText(zone))
}
