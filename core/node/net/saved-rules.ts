/** Reads what `iptables-save` prints, as far as it is ours. */

import { COMMENTS, SILENCE_COMMENT } from './rules.ts'

/** A rule of ours that is there. */
export interface SavedRule {
  /** Its words behind `-A`, to remove it with. */
  readonly words: string
  /** The same for rules that do the same; see {@link ruleKey}. */
  readonly key: string
}

/** What tells one rule from another. */
export interface RuleParts {
  readonly chain: string
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly protocol: string
  readonly sourcePort?: string | undefined
  readonly destinationPort?: string | undefined
  readonly icmpType?: string | undefined
  readonly target: string
}

/** One text for all spellings of a rule. */
export function ruleKey(parts: RuleParts): string {
  const { chain, source, destination, protocol, sourcePort, destinationPort, icmpType } = parts
  const { target } = parts
  const words = [source, destination, protocol, sourcePort, destinationPort, icmpType, target]
  return [chain, ...words.map((word) => word ?? '')].join(' ')
}

/** Our rules in the text of one table, in its order. */
export function parseSavedRules(text: string): SavedRule[] {
  const rules: SavedRule[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('-A ') || !ours.some((comment) => line.includes(comment))) continue
    const words = line.slice(3)
    rules.push({ words, key: keyOf(words) })
  }
  return rules
}

const ours = [...Object.values(COMMENTS), SILENCE_COMMENT]

function keyOf(text: string): string {
  const [chain = '', ...words] = text.match(/"[^"]*"|\S+/g) ?? []
  const after = (...names: readonly string[]): string | undefined => {
    const at = words.findIndex((word) => names.includes(word))
    return at < 0 ? undefined : words[at + 1]
  }
  const isNotrack = after('-j') === 'CT' && words.includes('--notrack')
  return ruleKey({
    chain,
    source: after('-s')?.replace(hostMask, ''),
    destination: after('-d')?.replace(hostMask, ''),
    protocol: after('-p') ?? '',
    sourcePort: after('--sport'),
    destinationPort: after('--dport'),
    icmpType: after('--icmp-type', '--icmpv6-type'),
    // The same target by its older and its newer name.
    target: isNotrack ? 'NOTRACK' : (after('-j') ?? ''),
  })
}

const hostMask = /\/(32|128)$/
