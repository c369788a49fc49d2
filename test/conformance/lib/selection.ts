/** Which recordings a server with a given list of plugins can be held to, and why not the others. */

import type { Lines } from './suite.ts'

/** A recording's Corefile and the files that it may import. */
export interface Configuration {
  readonly corefile: Lines
  readonly files?: Readonly<Record<string, Lines>> | undefined
}

/** A set of recordings divided by whether they apply. */
export interface Selection<T> {
  readonly selected: readonly T[]
  /** The others, each with what it needs. */
  readonly left: readonly { readonly item: T; readonly reason: string }[]
}

/**
 * Divides recordings: one is left out if its configuration uses a directive of CoreDNS that isn't
 * among `plugins` (undefined: all are there), or if `needs` names something else. Words that are no directive of CoreDNS at
 * all leave nothing out: that they are refused is what such a recording shows.
 */
export function select<T extends Configuration>(
  items: readonly T[],
  plugins: ReadonlySet<string> | undefined,
  needs: (item: T) => string | undefined = () => undefined,
): Selection<T> {
  const selected: T[] = []
  const left: { item: T; reason: string }[] = []
  for (const item of items) {
    const missing = [...directivesOf(item)].filter(
      (name) => corednsDirectives.has(name) && plugins?.has(name) === false,
    )
    const reason = missing.length > 0 ? missing.join(', ') : needs(item)
    if (reason === undefined) selected.push(item)
    else left.push({ item, reason })
  }
  return { selected, left }
}

/** Says for each reason how many recordings were left out, and which; empty if none was. */
export function formatLeft<T>(
  { left, selected }: Selection<T>,
  nameOf: (item: T) => string,
): string {
  if (left.length === 0) return ''
  const byReason = new Map<string, string[]>()
  for (const { item, reason } of left) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), nameOf(item)])
  }
  const lines = [...byReason]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, names]) => `  ${names.length} need ${reason}: ${shorten(names)}`)
  return `${left.length} of ${left.length + selected.length} left out:\n${lines.join('\n')}`
}

/** The first words of lines inside server blocks and snippets, also of files to import. */
export function directivesOf({ corefile, files = {} }: Configuration): Set<string> {
  const hasImports = toLines(corefile).some((line) => /^\s*import\s/.test(line))
  // Imported files hold whole blocks or bodies of blocks.
  const imported = hasImports ? Object.values(files) : []
  return new Set([
    ...directivesIn(corefile, 1),
    ...imported.flatMap((text) => [...directivesIn(text, 0), ...directivesIn(text, 1)]),
  ])
}

/** The first words of lines at a depth of nested blocks. */
function directivesIn(text: Lines, wantedDepth: number): string[] {
  const found: string[] = []
  let depth = 0
  for (const line of toLines(text)) {
    const words = line
      .replace(/(^|\s)#.*/, '')
      .split(/\s+/)
      .filter((word) => word !== '')
    const [first] = words
    if (depth === wantedDepth && first !== undefined && first !== '}') {
      found.push(first.replaceAll('"', ''))
    }
    for (const word of words) {
      if (word === '{') depth++
      if (word === '}') depth--
    }
  }
  return found
}

function toLines(text: Lines): readonly string[] {
  return typeof text === 'string' ? text.split('\n') : text
}

function shorten(names: readonly string[]): string {
  const shown = 6
  const more = names.length - shown
  return `${names.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** The directives of CoreDNS 1.14.7, without `import`, which is grammar. */
const corednsDirectives: ReadonlySet<string> = new Set(
  [
    'root metadata geoip cancel tls quic https https3 timeouts multisocket reload nsid bufsize',
    'bind debug trace ready health pprof prometheus errors log dnstap local dns64 any chaos',
    'loadbalance tsig cache rewrite acl header dnssec autopath minimal template transfer hosts',
    'route53 azure clouddns k8s_external kubernetes file auto secondary etcd loop forward grpc',
    'grpc_server erratic whoami on sign view nomad proxyproto shed',
  ].flatMap((line) => line.split(' ')),
)
