/** The search list of a resolv.conf file (resolv.conf(5)): where a stub resolver looks for names. */

import { Name, parseNameText } from './wire/name.ts'

/** More domains than this are not looked in. */
export const MAX_SEARCH_DOMAINS = 32

/**
 * Reads the last `search` or `domain` line, in lower case; empty without one. What is no name is
 * left out.
 */
export function parseSearchList(text: string): Name[] {
  let domains: Name[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    if (keyword !== 'search' && keyword !== 'domain') continue
    domains = words.flatMap((word) => {
      const name = word === '.' ? Name.root : parseNameText(word)
      return name === undefined ? [] : [name.toLowerCase()]
    })
  }
  return domains.slice(0, MAX_SEARCH_DOMAINS)
}
