/** Where the API has the kinds of objects that DNS is made of, and which of them are asked for. */

import type { Kind } from '../objects.ts'

/** One collection of the API. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K
  readonly path: string
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
}

export interface Selectors {
  /** For everything but namespaces. */
  readonly labels?: string | undefined
  readonly namespaceLabels?: string | undefined
}

const PATHS: Readonly<Record<Kind, string>> = {
  Service: '/api/v1/services',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  Namespace: '/api/v1/namespaces',
  Pod: '/api/v1/pods',
  ServiceImport: '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports',
}

/** Pods that have ended keep their addresses for a while, which others may have by then. */
const LIVE_PODS = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown'

/** The collection of a kind in all namespaces. */
export function resourceOf(kind: Kind, { labels, namespaceLabels }: Selectors): Resource {
  return {
    kind,
    path: PATHS[kind],
    labelSelector: kind === 'Namespace' ? namespaceLabels : labels,
    fieldSelector: kind === 'Pod' ? LIVE_PODS : undefined,
  }
}
