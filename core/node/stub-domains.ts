/** The server blocks of stub domains (reference 3.5). */

/** What all of them have in common. */
export interface StubDomainOptions {
  readonly port: number
  readonly localIps: readonly string[]
  /** The rest of the Corefile: its *prometheus* counts the queries of stub domains too. */
  readonly base: string
}

/** A server block that sends the names of a domain to servers of its own. */
export interface StubDomainBlock {
  readonly domain: string
  readonly text: string
}

/** Writes the blocks, in the order given. */
export function composeStubDomains(
  stubDomains: ReadonlyMap<string, readonly string[]>,
  { port, localIps, base }: StubDomainOptions,
): StubDomainBlock[] {
  const metrics = /^[ \t]*(prometheus(?:[ \t]+[^\s{}#]+)?)[ \t]*$/m.exec(base)?.[1]
  return [...stubDomains].map(([domain, servers]) => {
    const lines = [
      'errors',
      'cache 30',
      `bind ${localIps.join(' ')}`,
      `forward . ${servers.join(' ')}`,
      ...(metrics === undefined ? [] : [metrics]),
    ]
    const body = lines.map((line) => `    ${line}\n`).join('')
    return { domain, text: `${domain}:${port} {\n${body}}\n` }
  })
}
