/** The rules of *acl*, in the order they are looked at. Hot path. */

import { type Cidr, Name, parseIp, type Query } from '@fingerpost/sdk'
import type { AclOptions, Action, Policy } from './options.ts'

/** What is to be done, and the zone of {@link Rules.zones} that the query is in. */
export interface Verdict {
  readonly action: Action
  readonly zoneIndex: number
}

interface Rule {
  /** Where the rule's zones begin and end among all. */
  readonly from: number
  readonly to: number
  readonly policies: readonly Policy[]
  /** By zone, then by action: made once, since every query gets one. */
  readonly verdicts: readonly Readonly<Record<Action, Verdict>>[]
}

// Clients whose octets are remembered; all are forgotten when there are more.
const MAX_KNOWN_CLIENTS = 4096

/** The rules of all occurrences. */
export class Rules {
  /** The zones of all rules, one rule's after the other's. */
  readonly zones: readonly Name[]
  readonly #rules: readonly Rule[]
  readonly #clients = new Map<string, Uint8Array | undefined>()

  constructor(occurrences: readonly AclOptions[], blockZones: readonly Name[]) {
    const all: Name[] = []
    this.#rules = occurrences.map(({ zones, policies }) => {
      const from = all.length
      all.push(...(zones.length > 0 ? zones.map((zone) => Name.parseText(zone)) : blockZones))
      const verdicts = all.slice(from).map((_, index) => verdictsOf(from + index))
      return { from, to: all.length, policies, verdicts }
    })
    this.zones = all
  }

  /** The first policy that fits, of the first rule that has one; undefined when there is none. */
  judge(query: Query): Verdict | undefined {
    for (const rule of this.#rules) {
      const zone = this.#longestZone(query.qname, rule)
      if (zone < 0) continue
      for (const policy of rule.policies) {
        if (policy.types !== undefined && !policy.types.has(query.qtype)) continue
        const isFor = policy.networks === undefined || this.#isWithin(query, policy.networks)
        // Who can't be told apart is not let in by any rule.
        if (isFor === undefined) return rule.verdicts[zone - rule.from]?.block
        if (isFor) return rule.verdicts[zone - rule.from]?.[policy.action]
      }
    }
    return undefined
  }

  #longestZone(name: Name, { from, to }: Rule): number {
    let longest = -1
    for (let i = from; i < to; i++) {
      const zone = this.zones[i] as Name
      if (longest >= 0 && zone.wire.length <= (this.zones[longest] as Name).wire.length) continue
      if (name.isSubdomainOf(zone)) longest = i
    }
    return longest
  }

  /** Undefined for a client whose address can't be read. */
  #isWithin({ clientAddress }: Query, networks: readonly Cidr[]): boolean | undefined {
    let address = this.#clients.get(clientAddress)
    if (address === undefined) {
      address = parseIp(clientAddress)
      if (address === undefined) return undefined
      if (this.#clients.size >= MAX_KNOWN_CLIENTS) this.#clients.clear()
      this.#clients.set(clientAddress, address)
    }
    for (const network of networks) if (network.contains(address)) return true
    return false
  }
}

function verdictsOf(zoneIndex: number): Readonly<Record<Action, Verdict>> {
  const verdict = (action: Action): Verdict => ({ action, zoneIndex })
  return {
    allow: verdict('allow'),
    block: verdict('block'),
    filter: verdict('filter'),
    drop: verdict('drop'),
  }
}
