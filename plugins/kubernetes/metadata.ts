/** What *kubernetes* knows about a query: labels for logs, rules and views. */

import { HEADER_SIZE, isReverse, type MetadataSource, type Name, type Query } from '@fingerpost/sdk'
import { type Grammar, readSubject } from './names.ts'
import type { Pod } from './objects.ts'

/** What the labels are made from. */
export interface MetadataParts {
  /** The zone of ours that a name is in. */
  zoneOf(name: Name): Name | undefined
  grammarOf(zone: Name): Grammar
  /** The pod that a query comes from; undefined where pods are not known. */
  podOf(query: Query): Pod | undefined
}

/** Makes the labels. A label that a query has nothing for is the empty string. */
export function metadataSource({ zoneOf, grammarOf, podOf }: MetadataParts): MetadataSource {
  return {
    get(label, query) {
      if (label === 'client-namespace') return podOf(query)?.namespace
      if (label === 'client-pod-name') return podOf(query)?.name
      if (label.startsWith('client-label/')) {
        return podOf(query)?.labels.get(label.slice('client-label/'.length))
      }
      const zone = zoneOf(query.qname)
      if (zone === undefined) return undefined
      const count = query.qname.labelCount - zone.labelCount
      const grammar = grammarOf(zone)
      const subject = readSubject(query.wire, HEADER_SIZE, count, grammar)
      if (subject.kind === 'impossible' && !isReverse(query.qname)) {
        return label === 'parse-error' ? 'invalid query name' : undefined
      }
      switch (label) {
        case 'namespace':
          return 'namespace' in subject ? subject.namespace : ''
        case 'kind':
          return subject.kind === 'service' ? 'svc' : subject.kind === 'pod' ? 'pod' : ''
        case 'endpoint':
        case 'service':
        case 'protocol':
          return subject.kind === 'service' ? subject[label] : ''
        case 'port-name':
          return subject.kind === 'service' ? subject.port : ''
        case 'zone':
          return subject.kind === 'service' ? subject.zonal?.zone : undefined
        default:
          return undefined
      }
    },
  }
}
