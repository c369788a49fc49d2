/** Where pods look for names: the search path that kubelet gives them. For *autopath*. */

import { Name, parseNameText, type Query, type SearchPathSource } from '@fingerpost/sdk'
import type { Pod } from './objects.ts'

/** What search paths are made from. */
export interface SearchPathParts {
  zoneOf(name: Name): Name | undefined
  /** The pod that a query comes from; undefined where pods are not known. */
  podOf(query: Query): Pod | undefined
  /** The node's own search list, which comes after the cluster's. */
  readonly ofNode: readonly Name[]
}

/** Gives pods `NAMESPACE.svc.ZONE`, `svc.ZONE`, `ZONE`, the node's list, and the name as it is. */
export function searchPathSource({ zoneOf, podOf, ofNode }: SearchPathParts): SearchPathSource {
  return {
    searchPath(query) {
      const zone = zoneOf(query.qname)
      const pod = zone && podOf(query)
      if (zone === undefined || pod === undefined) return undefined
      const service = parseNameText('svc', zone)
      const own = service && parseNameText(pod.namespace, service)
      if (service === undefined || own === undefined) return undefined
      return [own, service, zone, ...ofNode, Name.root]
    },
  }
}
