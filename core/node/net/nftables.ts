/**
 * Rules by nftables, in a table of our own that is exchanged as a whole: there is never half of it.
 * Queries that come from outside are only led here while somebody listens: the moment nobody does,
 * they go where they would go without us.
 */

import type { NodeNetworkSettings, RunCommand } from './network.ts'
import { COMMENTS, type Extent, type Rule, type RuleMaker, RulesError, rulesOf } from './rules.ts'
import { NOT_FOUND } from './run-command.ts'

/** The table, of the family `inet`. */
export const TABLE = 'inet fingerpost'

const chains = {
  'raw PREROUTING': 'type filter hook prerouting priority raw; policy accept;',
  'raw OUTPUT': 'type filter hook output priority raw; policy accept;',
  'filter INPUT': 'type filter hook input priority filter; policy accept;',
  'filter OUTPUT': 'type filter hook output priority filter; policy accept;',
} as const

export class Nftables implements RuleMaker {
  readonly kind = 'nftables'
  readonly #settings: Pick<NodeNetworkSettings, 'dnsPort' | 'healthPort'>
  readonly #run: RunCommand
  /** Whether the kernel can look for a socket; undefined before it was tried. */
  #looksForSockets: boolean | undefined
  /** What was made last, and how nft prints it. */
  #made = ''
  #printed = ''

  constructor(settings: Pick<NodeNetworkSettings, 'dnsPort' | 'healthPort'>, run: RunCommand) {
    this.#settings = settings
    this.#run = run
  }

  async fault(): Promise<string | undefined> {
    const head = chains['raw PREROUTING']
    const chain = `chain raw_prerouting { ${head} ip daddr 127.0.0.1 notrack; }`
    const text = `table ${TABLE}_try {\n  ${chain}\n}\n`
    const { status, stderr } = await this.#run(['nft', '--check', '--file', '-'], text)
    return status === 0 ? undefined : describe(status, stderr)
  }

  async apply(localIps: readonly string[], extent: Extent = 'all'): Promise<void> {
    // Made and unmade in one transaction, so that it does not matter whether there is one.
    const gone = `add table ${TABLE}\ndelete table ${TABLE}\n`
    if (localIps.length === 0) {
      this.#made = ''
      if ((await this.#list()) !== undefined) await this.#make(gone)
      return
    }
    this.#looksForSockets ??= (await this.#tryFile(this.#compose(localIps, extent, true))) === ''
    const text = this.#compose(localIps, extent, this.#looksForSockets)
    if (text === this.#made && (await this.#list()) === this.#printed) return
    await this.#make(gone + text)
    this.#made = text
    this.#printed = (await this.#list()) ?? ''
  }

  #compose(localIps: readonly string[], extent: Extent, looksForSockets: boolean): string {
    const rules = rulesOf(this.#settings, extent)
    const parts = Object.entries(chains).map(([name, head]) => {
      const [table, chain] = name.split(' ')
      const own = rules.filter((rule) => rule.table === table && rule.chain === chain)
      const lines = localIps.flatMap((ip) => own.map((r) => formatRule(r, ip, looksForSockets)))
      if (name === 'filter OUTPUT') lines.push(...localIps.map(formatSilence))
      const body = lines.map((line) => `    ${line}\n`).join('')
      return `  chain ${name.toLowerCase().replace(' ', '_')} {\n    ${head}\n${body}  }\n`
    })
    return `table ${TABLE} {\n${parts.join('')}}\n`
  }

  async #make(text: string): Promise<void> {
    const { status, stderr } = await this.#run(['nft', '--file', '-'], text)
    if (status !== 0) throw new RulesError(describe(status, stderr))
  }

  /** Why the kernel does not take it; empty when it would. */
  async #tryFile(text: string): Promise<string> {
    const { status, stderr } = await this.#run(['nft', '--check', '--file', '-'], text)
    return status === 0 ? '' : stderr || String(status)
  }

  async #list(): Promise<string | undefined> {
    const { status, stdout } = await this.#run(['nft', 'list', 'table', ...TABLE.split(' ')])
    return status === 0 ? stdout : undefined
  }
}

function formatRule(rule: Rule, ip: string, looksForSockets: boolean): string {
  const { chain, protocol, end, port, action } = rule
  const family = ip.includes(':') ? 'ip6' : 'ip'
  const isSource = end === 'source'
  const address = `${family} ${isSource ? 'saddr' : 'daddr'} ${ip}`
  const ports = `${protocol} ${isSource ? 'sport' : 'dport'} ${port}`
  // True of every socket there is: what counts is that there is one.
  const socket = looksForSockets && chain === 'PREROUTING' ? ' socket transparent { 0, 1 }' : ''
  const verdict = action === 'NOTRACK' ? 'notrack' : 'accept'
  return `${address} ${ports}${socket} ${verdict} comment "${COMMENTS[action]}"`
}

function formatSilence(ip: string): string {
  return ip.includes(':')
    ? `ip6 saddr ${ip} icmpv6 type destination-unreachable icmpv6 code port-unreachable drop`
    : `ip saddr ${ip} icmp type destination-unreachable icmp code port-unreachable drop`
}

function describe(status: number, stderr: string): string {
  if (status === NOT_FOUND) return 'there is no nft: the package nftables is missing'
  const [reason = ''] = stderr.trim().split('\n')
  const hint = /not permitted/i.test(stderr) ? ' (NET_ADMIN is needed)' : ''
  return `nft: ${reason || `exit status ${status}`}${hint}`
}
