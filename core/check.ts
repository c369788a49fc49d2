/**
 * `fingerpost check`: everything that can be said of a configuration without opening a socket.
 * Mistakes come from the readers themselves; what is legal but surely not meant is found here.
 */

import { ConfigError, type Token, type Traits } from '@fingerpost/sdk'
import type { PreparedBlock } from './configure.ts'
import { portOf } from './placement.ts'

/** Finds what is legal but has no effect, leads nowhere or loops. */
export function findDoubts(blocks: readonly PreparedBlock[], dnsPort: number): ConfigError[] {
  return [
    ...blocks.flatMap((block) => findUnreachable(block)),
    ...blocks.flatMap((block) => findDeadEnds(block)),
    ...blocks.flatMap((block) => findLoops(block, dnsPort)),
    ...blocks.flatMap((block) => findIdleBlocks(block)),
  ]
}

interface Part {
  readonly name: string
  readonly at: Token | undefined
  readonly traits: Traits
}

/** The directives of a block with what they say of themselves, in the order of the chain. */
function partsOf({ prepared }: PreparedBlock): Part[] {
  return prepared.map(({ directive, plugin, options }) => ({
    name: directive.name,
    at: directive.occurrences[0]?.keyword,
    traits: plugin.traits?.(options as never) ?? {},
  }))
}

/** Plugins behind one that answers everything. */
function findUnreachable(block: PreparedBlock): ConfigError[] {
  const parts = partsOf(block)
  const last = parts.findIndex(({ traits }) => traits.answersAll)
  const wall = parts[last]
  if (wall === undefined) return []
  return parts.slice(last + 1).flatMap(({ name, at }) => {
    if (setupOnly.has(name)) return []
    const message = `${name} is never asked: ${wall.name} comes before it and answers everything`
    return [doubt(message, at, 'the order of plugins is fixed; see fingerpost -plugins')]
  })
}

// Directives that configure something else and have no place in the chain.
const setupOnly: ReadonlySet<string> = new Set(['loop', 'reload', 'bind', 'root', 'debug'])

/** A fallthrough with nothing behind it. */
function findDeadEnds(block: PreparedBlock): ConfigError[] {
  const parts = partsOf(block)
  return parts.flatMap(({ name, at, traits }, i) => {
    if (!traits.fallsThrough) return []
    const rest = parts.slice(i + 1).filter((part) => !setupOnly.has(part.name))
    if (rest.length > 0) return []
    const message = `fallthrough of ${name} leads nowhere: no plugin of the block comes after it`
    return [doubt(message, at, 'such queries get SERVFAIL; add forward, for example')]
  })
}

/** Upstreams that are the server itself. */
function findLoops({ block, prepared }: PreparedBlock, dnsPort: number): ConfigError[] {
  const ports = new Set(block.keys.map((key) => portOf(key, dnsPort)))
  const bound = prepared
    .filter(({ directive }) => directive.name === 'bind')
    .flatMap(({ directive }) => directive.occurrences.flatMap(({ args }) => args))
    .map(({ text }) => text)
  const isOwn = (address: string): boolean =>
    bound.length > 0 ? bound.includes(address) : address === '::1' || address.startsWith('127.')
  return partsOf({ block, prepared }).flatMap(({ at, traits }) =>
    (traits.upstreams ?? [])
      .filter(({ address, port }) => isOwn(address) && ports.has(port))
      .map(({ address, port }) =>
        doubt(`queries are sent to ${address}:${port}, which is this very server block`, at),
      ),
  )
}

/** Blocks without a plugin that answers: all their queries are refused. */
function findIdleBlocks({ block, prepared }: PreparedBlock): ConfigError[] {
  if (prepared.some(({ directive }) => !passive.has(directive.name))) return []
  const message = 'no plugin of this block answers anything: every query gets REFUSED or SERVFAIL'
  return [doubt(message, block.at)]
}

const passive: ReadonlySet<string> = new Set([
  ...setupOnly,
  ...['errors', 'log', 'health', 'ready', 'prometheus', 'bufsize', 'minimal', 'cache'],
  ...['loadbalance', 'cancel', 'timeouts', 'multisocket', 'tls'],
])

function doubt(message: string, at: Token | undefined, suggestion?: string): ConfigError {
  return new ConfigError('setup', message, { at, suggestion })
}
