/**
 * What leads queries to the local addresses: rules, and, for the address of a Service, that this
 * node has it at all. Without both, queries to a Service go to its endpoints as on other nodes.
 */

import { Iptables } from './iptables.ts'
import { Link } from './link.ts'
import type { NodeNetworkSettings, NodeNetworkState, RunCommand } from './network.ts'
import { Nftables } from './nftables.ts'
import { type Extent, type RuleMaker, RulesError } from './rules.ts'

/**
 * Whether the address belongs to a Service, which others answer for while this node does not: all
 * but link-local ones, which mean the node itself.
 */
export function isServiceAddress(ip: string): boolean {
  return !/^(169\.254\.|fe[89ab])/i.test(ip)
}

export class Interception {
  readonly #settings: NodeNetworkSettings
  readonly #link: Link | undefined
  readonly #makers: Readonly<Record<'iptables' | 'nftables', RuleMaker>>
  #kind: NodeNetworkState['rules']
  /** Whether the rules that another kind of predecessor may have left are gone. */
  #isAlone = false

  constructor(settings: NodeNetworkSettings, run: RunCommand) {
    this.#settings = settings
    this.#link = settings.setsUpInterface ? new Link(settings, run) : undefined
    this.#makers = { iptables: new Iptables(settings, run), nftables: new Nftables(settings, run) }
    if (settings.rules === 'none') this.#kind = 'none'
  }

  /** How rules are made; undefined before {@link select}. */
  get kind(): NodeNetworkState['rules'] {
    return this.#kind
  }

  /** Finds what makes rules here. @throws RulesError when nothing does */
  async select(): Promise<void> {
    const { rules } = this.#settings
    if (this.#kind !== undefined) return
    const reasons: string[] = []
    // The rules of iptables also open a firewall that is made of them; those of a table of our own
    // can't overrule another table.
    for (const kind of rules === 'auto' ? (['iptables', 'nftables'] as const) : [rules]) {
      if (kind === 'none') continue
      const fault = await this.#makers[kind].fault()
      if (fault === undefined) {
        this.#kind = kind
        return
      }
      reasons.push(fault)
    }
    throw new RulesError(`no rules can be made here: ${reasons.join('; ')}`)
  }

  /** Makes the interface with all addresses. @throws LinkError */
  async makeInterface(): Promise<void> {
    await this.#link?.ensure(this.#settings.localIps)
  }

  /**
   * Leads queries to these addresses here, and to no others; what is so already stays untouched.
   * @throws LinkError and RulesError
   */
  async hold(ips: readonly string[]): Promise<void> {
    const { localIps } = this.#settings
    const away = localIps.filter((ip) => isServiceAddress(ip) && !ips.includes(ip))
    const canFallBack = this.#kind !== 'none'
    await this.#link?.ensure(canFallBack ? localIps.filter((ip) => !away.includes(ip)) : localIps)
    await this.#apply(ips)
    if (canFallBack && away.length > 0) await this.#link?.removeAddresses(away)
  }

  /**
   * Takes out the rules alone: queries go elsewhere, while answers under way still leave from
   * addresses that this node has. @throws RulesError
   */
  async letGo(): Promise<void> {
    await this.#apply(this.#settings.localIps, 'answers')
  }

  /** Takes out everything; the interface even if the rules stay. @throws LinkError, RulesError */
  async remove(): Promise<void> {
    try {
      await this.#apply([])
    } finally {
      await this.#link?.remove()
    }
  }

  /** Takes out all rules, of whatever kind they are. @throws RulesError when none can be read */
  async clearRules(): Promise<void> {
    if (this.#kind === 'none') return
    const { rules } = this.#settings
    const kinds = (['iptables', 'nftables'] as const).filter(
      (kind) => rules === 'auto' || rules === kind,
    )
    const results = await Promise.allSettled(kinds.map((kind) => this.#makers[kind].apply([])))
    const [first] = results
    if (first?.status === 'rejected' && results.every(({ status }) => status === 'rejected')) {
      throw first.reason
    }
  }

  /** Takes out the rules and the addresses of Services. @throws LinkError and RulesError */
  async withdraw(): Promise<void> {
    await this.clearRules()
    const { localIps } = this.#settings
    if (this.#kind !== 'none') await this.#link?.removeAddresses(localIps.filter(isServiceAddress))
  }

  async #apply(ips: readonly string[], extent?: Extent): Promise<void> {
    if (this.#kind === 'none') return
    await this.select()
    const kind = this.#kind as 'iptables' | 'nftables'
    await this.#makers[kind].apply(ips, extent)
    if (this.#isAlone) return
    this.#isAlone = true
    const other = kind === 'iptables' ? 'nftables' : 'iptables'
    // Where its tools are missing there is nothing of it either.
    await this.#makers[other].apply([]).catch(() => {})
  }
}
