/**
 * Rules by iptables and ip6tables: read as a whole, compared, and changed by one transaction per
 * table that holds the lock which all users of iptables share.
 */

import type { CommandResult, NodeNetworkSettings, RunCommand } from './network.ts'
import {
  COMMENTS,
  type Extent,
  type Rule,
  type RuleMaker,
  RulesError,
  rulesOf,
  SILENCE_COMMENT,
} from './rules.ts'
import { NOT_FOUND } from './run-command.ts'
import { parseSavedRules, type RuleParts, ruleKey } from './saved-rules.ts'

/** How long others may hold the lock. */
const LOCK_SECONDS = 5
/** Exit status when they held it longer. */
const LOCKED = 4

const TABLES = ['raw', 'filter'] as const
const tools = { 4: 'iptables', 6: 'ip6tables' } as const

export class Iptables implements RuleMaker {
  readonly kind = 'iptables'
  readonly #settings: Pick<NodeNetworkSettings, 'dnsPort' | 'healthPort' | 'localIps'>
  readonly #run: RunCommand

  constructor(
    settings: Pick<NodeNetworkSettings, 'dnsPort' | 'healthPort' | 'localIps'>,
    run: RunCommand,
  ) {
    this.#settings = settings
    this.#run = run
  }

  async fault(): Promise<string | undefined> {
    for (const family of this.#families()) {
      for (const table of TABLES) {
        const { status, stderr } = await this.#save(family, table)
        if (status !== 0) return describe(`${tools[family]}-save`, status, stderr)
      }
    }
    return undefined
  }

  async apply(localIps: readonly string[], extent: Extent = 'all'): Promise<void> {
    const used = this.#families()
    const change = async (family: 4 | 6): Promise<void> => {
      const own = localIps.filter((ip) => familyOf(ip) === family)
      try {
        await this.#applyFamily(family, own, extent)
      } catch (error) {
        // Of a family without addresses only leftovers are of interest.
        if (used.has(family)) throw error
      }
    }
    await Promise.all([change(4), change(6)])
  }

  #families(): Set<4 | 6> {
    return new Set(this.#settings.localIps.map(familyOf))
  }

  async #applyFamily(family: 4 | 6, localIps: readonly string[], extent: Extent): Promise<void> {
    const saved = await Promise.all(TABLES.map((table) => this.#save(family, table)))
    const changes = new Map<string, string[]>()
    for (const [i, table] of TABLES.entries()) {
      const { status, stdout, stderr } = saved[i] as CommandResult
      if (status !== 0) throw failure(`${tools[family]}-save`, status, stderr)
      const wanted = this.#wanted(table, localIps, extent)
      const lines: string[] = []
      for (const { key, words } of parseSavedRules(stdout)) {
        // Deleting from `wanted` makes a second one of the same surplus.
        if (!wanted.delete(key)) lines.push(`-D ${words}`)
      }
      for (const words of wanted.values()) lines.push(`-I ${words}`)
      if (lines.length > 0) changes.set(table, lines)
    }
    if (changes.size === 0) return
    // Queries are led here last, and away first.
    const isAdding = localIps.length > 0 && extent === 'all'
    const order = isAdding ? ['filter', 'raw'] : ['raw', 'filter']
    const text = order
      .filter((table) => changes.has(table))
      .map((table) => `*${table}\n${changes.get(table)?.join('\n')}\nCOMMIT\n`)
    const restore = `${tools[family]}-restore`
    const words = [restore, '-w', String(LOCK_SECONDS), '--noflush']
    const { status, stderr } = await this.#run(words, text.join(''))
    if (status !== 0) throw failure(restore, status, stderr)
  }

  /** Lines behind `-I` by key. */
  #wanted(table: Rule['table'], localIps: readonly string[], extent: Extent): Map<string, string> {
    const wanted = new Map<string, string>()
    for (const ip of localIps) {
      for (const rule of rulesOf(this.#settings, extent)) {
        if (rule.table === table) wanted.set(ruleKey(partsOf(rule, ip)), wordsOf(rule, ip))
      }
      if (table === 'filter') {
        const [parts, words] = silence(ip)
        wanted.set(ruleKey(parts), words)
      }
    }
    return wanted
  }

  #save(family: 4 | 6, table: Rule['table']): ReturnType<RunCommand> {
    return this.#run([`${tools[family]}-save`, '-t', table])
  }
}

function familyOf(ip: string): 4 | 6 {
  return ip.includes(':') ? 6 : 4
}

function partsOf({ chain, protocol, end, port, action }: Rule, ip: string): RuleParts {
  const isSource = end === 'source'
  return {
    chain,
    protocol,
    source: isSource ? ip : undefined,
    destination: isSource ? undefined : ip,
    sourcePort: isSource ? String(port) : undefined,
    destinationPort: isSource ? undefined : String(port),
    target: action,
  }
}

function wordsOf({ chain, protocol, end, port, action }: Rule, ip: string): string {
  const isSource = end === 'source'
  const where = `${isSource ? '-s' : '-d'} ${ip} -p ${protocol} -m ${protocol}`
  const which = `${isSource ? '--sport' : '--dport'} ${port}`
  return `${chain} ${where} ${which} -m comment --comment "${COMMENTS[action]}" -j ${action}`
}

/** Codes are the same in both protocols' words: port unreachable is 3/3 and 1/4. */
function silence(ip: string): [RuleParts, string] {
  const isV4 = familyOf(ip) === 4
  const protocol = isV4 ? 'icmp' : 'ipv6-icmp'
  const icmpType = isV4 ? '3/3' : '1/4'
  const match = isV4 ? '-m icmp --icmp-type' : '-m icmp6 --icmpv6-type'
  const comment = `-m comment --comment "${SILENCE_COMMENT}"`
  return [
    { chain: 'OUTPUT', source: ip, protocol, icmpType, target: 'DROP' },
    `OUTPUT -s ${ip} -p ${protocol} ${match} ${icmpType} ${comment} -j DROP`,
  ]
}

function failure(tool: string, status: number, stderr: string): RulesError {
  return new RulesError(
    describe(tool, status, stderr),
    status === LOCKED ? 'iptables_lock' : 'iptables',
  )
}

function describe(tool: string, status: number, stderr: string): string {
  if (status === NOT_FOUND) return `there is no ${tool}: the package iptables is missing`
  const [reason = ''] = stderr.trim().split('\n')
  if (status === LOCKED) return `${tool}: others held the lock for ${LOCK_SECONDS} s (${reason})`
  const hint = /permission denied|not permitted/i.test(stderr) ? ' (NET_ADMIN is needed)' : ''
  return `${tool}: ${reason || `exit status ${status}`}${hint}`
}
