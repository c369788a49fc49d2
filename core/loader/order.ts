/**
 * The order of the chain: the catalogue's, with third-party plugins put in where they say they
 * belong. Plugins of CoreDNS that this version lacks still mark places.
 */

import { nearest } from '@fingerpost/sdk'

/** Where a third-party plugin says it belongs. */
export interface Placement {
  readonly name: string
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** The order, and why some plugins have no place in it. */
export interface ChainOrder {
  /** All names, first to last; those without a proper place are at the default one. */
  readonly names: readonly string[]
  /** What is wrong, by the plugin's name. */
  readonly faults: ReadonlyMap<string, OrderFault>
}

export interface OrderFault {
  readonly message: string
  readonly suggestion?: string | undefined
}

/**
 * Puts `placed` into `base`. One right before its anchor, or right after it, in the order of their
 * names where several want the same place. `isKnown` tells of plugins that exist but are not used:
 * a wish concerning them is void.
 */
export function orderChain(
  base: readonly string[],
  placed: readonly Placement[],
  isKnown: (name: string) => boolean = () => false,
): ChainOrder {
  const faults = new Map<string, OrderFault>()
  const own = new Map<string, Placement>()
  for (const one of [...placed].sort((a, b) => (a.name < b.name ? -1 : 1))) own.set(one.name, one)
  const moved = ({ name }: Placement): boolean => {
    const { before, after } = own.get(name) ?? {}
    return before !== undefined || after !== undefined
  }
  // A third-party plugin by the name of one that CoreDNS has takes its place unless it says so.
  const names = base.filter((name) => !own.has(name) || !moved({ name }))
  const isAnchor = (name: string | undefined): name is string =>
    name !== undefined && (names.includes(name) || own.has(name))
  let waiting = [...own.values()].filter(({ name }) => !names.includes(name))
  for (const one of waiting) {
    const fault = anchorFault(one, [...names, ...own.keys()], isKnown)
    if (fault !== undefined) faults.set(one.name, fault)
  }
  const followers = new Map<string, number>()
  while (waiting.length > 0) {
    const ready = waiting.find(({ before, after }) =>
      [before, after].every((anchor) => !isAnchor(anchor) || names.includes(anchor)),
    )
    const next = ready ?? (waiting[0] as Placement)
    if (ready === undefined && !faults.has(next.name)) {
      faults.set(next.name, { message: cycleOf(next, own) })
    }
    const fault = insert(names, next, followers)
    if (fault !== undefined && !faults.has(next.name)) faults.set(next.name, { message: fault })
    waiting = waiting.filter((one) => one !== next)
  }
  return { names, faults }
}

/**
 * The catalogue with the places of plugins that are missing from it: each stands behind the one
 * that CoreDNS has in front of it.
 */
export function withMissing(
  catalogue: readonly string[],
  coreDns: readonly string[] = coreDnsOrder,
): string[] {
  const names = [...catalogue]
  let at = 0
  for (const name of coreDns) {
    const known = names.indexOf(name)
    if (known < 0) names.splice(at, 0, name)
    at = (known < 0 ? at : known) + 1
  }
  return names
}

/** CoreDNS's order (1.14.7). */
export const coreDnsOrder: readonly string[] = (
  'root metadata geoip cancel proxyproto quic grpc_server https https3 timeouts multisocket ' +
  'reload nsid bufsize bind debug trace ready health pprof shed prometheus errors log dnstap ' +
  'local dns64 any chaos loadbalance tsig rewrite autopath acl cache header dnssec tls minimal ' +
  'template transfer hosts route53 azure clouddns k8s_external kubernetes file auto secondary ' +
  'etcd loop forward grpc erratic whoami on sign view nomad'
).split(' ')

// A plugin that does not say where it belongs is the first of those that know answers.
const DEFAULT_ANCHOR = 'hosts'

function insert(
  names: string[],
  { name, before, after }: Placement,
  followers: Map<string, number>,
): string | undefined {
  const beforeAt = before === undefined ? -1 : names.indexOf(before)
  const afterAt = after === undefined ? -1 : names.indexOf(after)
  if (beforeAt >= 0) {
    names.splice(beforeAt, 0, name)
    if (afterAt < beforeAt) return undefined
    return `can't be before ${before} and after ${after}: ${before} comes before ${after}`
  }
  if (afterAt >= 0) {
    const count = followers.get(after as string) ?? 0
    followers.set(after as string, count + 1)
    names.splice(afterAt + 1 + count, 0, name)
    return undefined
  }
  const at = names.indexOf(DEFAULT_ANCHOR)
  names.splice(at < 0 ? names.length : at, 0, name)
  return undefined
}

function anchorFault(
  { name, before, after }: Placement,
  known: readonly string[],
  isKnown: (name: string) => boolean,
): OrderFault | undefined {
  for (const anchor of [before, after]) {
    if (anchor === undefined) continue
    if (anchor === name) return { message: `wants to stand beside itself` }
    if (known.includes(anchor) || isKnown(anchor)) continue
    const near = nearest(anchor, known)
    return {
      message: `its order names '${anchor}', and there is no such plugin`,
      suggestion: near === undefined ? undefined : `did you mean '${near}'?`,
    }
  }
  return undefined
}

/** The circle that keeps a plugin from its place: `a before b, b before a`. */
function cycleOf(start: Placement, own: ReadonlyMap<string, Placement>): string {
  const steps: string[] = []
  const seen = new Set<string>()
  for (let at: Placement | undefined = start; at !== undefined && !seen.has(at.name); ) {
    seen.add(at.name)
    const { name, before, after }: Placement = at
    const isBefore = before !== undefined && own.has(before)
    steps.push(isBefore ? `${name} before ${before}` : `${name} after ${after}`)
    at = own.get((isBefore ? before : after) ?? '')
  }
  return `has no place in the chain: ${steps.join(', ')}`
}
