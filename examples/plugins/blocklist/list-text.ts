/** Reads lists of names: lines as in a hosts file, or a name a line. */

import { parseIp, parseNameText } from '@fingerpost/sdk'
import { BlockedNames } from './blocked-names.ts'

/** Names of one list beyond this many are left out. */
export const MAX_NAMES = 5_000_000

/**
 * Reads a list: `0.0.0.0 ads.example.org` (the address does not matter), or `ads.example.org`, or
 * `*.ads.example.org`; `#` and `!` start comments. What is none of them is passed over.
 */
export function parseList(text: string): BlockedNames {
  const names = new BlockedNames()
  for (let start = 0; start < text.length && names.count < MAX_NAMES; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    addLine(names, text.slice(start, end))
    start = end + 1
  }
  return names
}

function addLine(names: BlockedNames, line: string): void {
  const [first, ...rest] = line.replace(/[#!].*/, '').match(/[^\s]+/g) ?? []
  if (first === undefined) return
  const isHosts = parseIp(first) !== undefined
  // A line of several words that does not start with an address is not a list's.
  if (!isHosts && rest.length > 0) return
  for (const word of isHosts ? rest : [first]) {
    if (ownNames.has(word) || parseIp(word) !== undefined) continue
    const name = parseNameText(word.replace(/^\*\./, ''))
    // Nobody blocks a whole top-level domain by a list that is meant for hosts.
    if (name !== undefined && name.labelCount > 1) names.add(name)
  }
}

// What hosts files say about the machine itself.
const ownNames = new Set(['localhost', 'localhost.localdomain', 'broadcasthost', 'local'])
