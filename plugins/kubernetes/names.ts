/**
 * The grammar of names in a cluster's zone: what the labels left of the zone stand for.
 * Kubernetes DNS-Based Service Discovery 1.1.0.
 */

import { LOWER } from '@fingerpost/sdk'

/** What a name asks for. Labels are in lower case. */
export type Subject =
  /** The zone itself, `svc` or `pod`: there, without records. */
  | { readonly kind: 'fixed'; readonly isApex: boolean }
  | { readonly kind: 'namespace'; readonly area: 'svc' | 'pod'; readonly namespace: string }
  | ServiceSubject
  | { readonly kind: 'pod'; readonly namespace: string; readonly address: string }
  /** The server itself: `ns.dns`. */
  | { readonly kind: 'server' }
  | { readonly kind: 'version' }
  /** Of no shape that a name could have. */
  | { readonly kind: 'impossible' }

export interface ServiceSubject {
  readonly kind: 'service'
  readonly namespace: string
  readonly service: string
  /** Empty for any; so are the next three. */
  readonly endpoint: string
  readonly cluster: string
  readonly port: string
  readonly protocol: string
  readonly zonal: Zonal | undefined
}

/** `ZONE….pin._zone` or `ZONE….prefer._zone` in front of a service. */
export interface Zonal {
  readonly directive: string
  readonly zone: string
}

/** What of the grammar is on. */
export interface Grammar {
  readonly isMulticluster: boolean
  readonly isZonal: boolean
}

const impossible: Subject = { kind: 'impossible' }
const apex: Subject = { kind: 'fixed', isApex: true }
const area: Subject = { kind: 'fixed', isApex: false }
const anything = { endpoint: '', cluster: '', port: '', protocol: '', zonal: undefined }

/** Reads the `count` labels left of the zone in the uncompressed name at `at`. */
export function readSubject(
  wire: Uint8Array,
  at: number,
  count: number,
  grammar: Grammar,
): Subject {
  if (count === 0) return apex
  const labels = lowerLabels(wire, at, count)
  const [first, second] = labels
  if (count === 1 && first === 'dns-version') return { kind: 'version' }
  if (count === 2 && first === 'ns' && second === 'dns') return { kind: 'server' }
  const kind = labels[count - 1]
  if (kind !== 'svc' && kind !== 'pod') return impossible
  if (count === 1) return area
  const namespace = labels[count - 2] as string
  if (count === 2) return { kind: 'namespace', area: kind, namespace }
  const name = labels[count - 3] as string
  const rest = labels.slice(0, count - 3)
  if (kind === 'pod') {
    return rest.length > 2 ? impossible : { kind: 'pod', namespace, address: name }
  }
  const service = { kind: 'service', namespace, service: name, ...anything } as const
  return withFilter(service, rest, grammar)
}

function withFilter(
  service: ServiceSubject,
  rest: readonly string[],
  { isMulticluster, isZonal }: Grammar,
): Subject {
  const [first, second] = rest
  const last = rest.length - 1
  if (isZonal && rest.length >= 3 && rest[last] === '_zone') {
    const zone = rest.slice(0, last - 1).join('.')
    return { ...service, zonal: { directive: rest[last - 1] as string, zone } }
  }
  if (first === undefined) return service
  if (second === undefined) return { ...service, endpoint: first }
  if (rest.length > 2) return impossible
  if (isMulticluster && !first.startsWith('_') && !second.startsWith('_')) {
    return { ...service, endpoint: first, cluster: second }
  }
  return { ...service, port: withoutUnderscore(first), protocol: withoutUnderscore(second) }
}

function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}

/** The first labels in lower case, one character per octet. */
function lowerLabels(wire: Uint8Array, at: number, count: number): string[] {
  const labels: string[] = []
  for (let i = 0; i < count; i++) {
    const end = at + 1 + (wire[at] as number)
    let label = ''
    for (at++; at < end; at++) label += String.fromCharCode(LOWER[wire[at] as number] as number)
    labels.push(label)
  }
  return labels
}
