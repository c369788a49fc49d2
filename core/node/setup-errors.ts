/** The metric of what went wrong around the server, with the name and labels of node-cache. */

import type { Counter } from '@fingerpost/sdk'
import type { Metrics } from '../metrics.ts'

/** Kinds of errors. */
export type SetupErrorType =
  | 'configmap'
  | 'interface_add'
  | 'interface_check'
  | 'iptables'
  | 'iptables_lock'

/** Declares the metric with all its kinds at 0; `labels(type)` counts. */
export function declareSetupErrors(metrics: Pick<Metrics, 'counter'>): Counter {
  const counter = metrics.counter(
    'coredns_nodecache_setup_errors_total',
    'The number of errors during periodic network setup for node-cache.',
    ['errortype'],
  )
  for (const type of types) counter.labels(type).add(0)
  return counter
}

const types: readonly SetupErrorType[] = [
  'configmap',
  'interface_add',
  'interface_check',
  'iptables',
  'iptables_lock',
]
