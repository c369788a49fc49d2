/** The rules of the packet filter for one local address (reference 3.4), however they are made. */

import type { NodeNetworkSettings } from './network.ts'

/** One rule; its address is the local one. */
export interface Rule {
  readonly table: 'raw' | 'filter'
  readonly chain: 'PREROUTING' | 'INPUT' | 'OUTPUT'
  readonly protocol: 'udp' | 'tcp'
  /** Which end of the packet is the local address with the port. */
  readonly end: 'source' | 'destination'
  readonly port: number
  readonly action: 'NOTRACK' | 'ACCEPT'
}

/**
 * Which rules of an address are to be there. Without those that lead queries here, clients reach
 * whom they reached before, while answers still leave without a trace in connection tracking: one
 * would catch the client's next query on the same port.
 */
export type Extent = 'all' | 'answers'

/** node-cache's comments, so that either finds what the other left. */
export const COMMENTS: Readonly<Record<Rule['action'], string>> = {
  NOTRACK: 'NodeLocal DNS Cache: skip conntrack',
  ACCEPT: 'NodeLocal DNS Cache: allow DNS traffic',
}

/**
 * A thirteenth rule, ours: while nobody listens, no ICMP tells so. A stub resolver that is told
 * gives up within a millisecond; one that is not asks again seconds later, when the rules are out.
 */
export const SILENCE_COMMENT = 'fingerpost: no word of a closed port'

/** The twelve rules of an address. */
export function rulesOf(
  { dnsPort, healthPort }: Pick<NodeNetworkSettings, 'dnsPort' | 'healthPort'>,
  extent: Extent = 'all',
): Rule[] {
  const rules: Rule[] = []
  for (const protocol of ['udp', 'tcp'] as const) {
    const rule = { protocol, port: dnsPort }
    rules.push(
      { ...rule, table: 'filter', chain: 'INPUT', end: 'destination', action: 'ACCEPT' },
      { ...rule, table: 'filter', chain: 'OUTPUT', end: 'source', action: 'ACCEPT' },
      { ...rule, table: 'raw', chain: 'OUTPUT', end: 'source', action: 'NOTRACK' },
    )
    if (extent === 'answers') continue
    rules.push(
      { ...rule, table: 'raw', chain: 'PREROUTING', end: 'destination', action: 'NOTRACK' },
      { ...rule, table: 'raw', chain: 'OUTPUT', end: 'destination', action: 'NOTRACK' },
    )
  }
  const health = { table: 'raw', chain: 'OUTPUT', protocol: 'tcp', port: healthPort } as const
  rules.push(
    { ...health, end: 'destination', action: 'NOTRACK' },
    { ...health, end: 'source', action: 'NOTRACK' },
  )
  return rules
}

/** What makes rules. */
export interface RuleMaker {
  readonly kind: 'iptables' | 'nftables'
  /** Why it does not work here; undefined when it does. */
  fault(): Promise<string | undefined>
  /**
   * Makes the rules those of these addresses, each exactly once, and no others of ours.
   * @throws RulesError
   */
  apply(localIps: readonly string[], extent?: Extent): Promise<void>
}

/** Rules could not be read or made; the message is for people. */
export class RulesError extends Error {
  override readonly name = 'RulesError'
  readonly errorType: 'iptables' | 'iptables_lock'

  constructor(message: string, errorType: 'iptables' | 'iptables_lock' = 'iptables') {
    super(message)
    this.errorType = errorType
  }
}
