/**
 * The plugins of Fingerpost in the order in which they see a query, which is CoreDNS's (1.14.7).
 * Each is loaded only when a Corefile names it.
 */

import type { AbsentDirective, CatalogueEntry, Plugin } from '@fingerpost/sdk'
import { absentDirective } from './absent.ts'

const entry = (
  name: string,
  load: () => Promise<{ readonly default: unknown }>,
): CatalogueEntry => ({ name, load: async () => (await load()).default as Plugin })

/** Built-in plugins; the array's order is the order of the chain. */
export const catalogue: readonly CatalogueEntry[] = [
  entry('root', () => import('./root/index.ts')),
  entry('metadata', () => import('./metadata/index.ts')),
  entry('geoip', () => import('./geoip/index.ts')),
  entry('cancel', () => import('./cancel/index.ts')),
  entry('proxyproto', () => import('./proxyproto/index.ts')),
  entry('https', () => import('./https/index.ts')),
  entry('timeouts', () => import('./timeouts/index.ts')),
  entry('multisocket', () => import('./multisocket/index.ts')),
  entry('reload', () => import('./reload/index.ts')),
  entry('nsid', () => import('./nsid/index.ts')),
  entry('bufsize', () => import('./bufsize/index.ts')),
  entry('bind', () => import('./bind/index.ts')),
  entry('debug', () => import('./debug/index.ts')),
  entry('trace', () => import('./trace/index.ts')),
  entry('ready', () => import('./ready/index.ts')),
  entry('health', () => import('./health/index.ts')),
  entry('pprof', () => import('./pprof/index.ts')),
  entry('shed', () => import('./shed/index.ts')),
  entry('prometheus', () => import('./prometheus/index.ts')),
  entry('errors', () => import('./errors/index.ts')),
  entry('log', () => import('./log/index.ts')),
  entry('dnstap', () => import('./dnstap/index.ts')),
  entry('rrl', () => import('./rrl/index.ts')),
  entry('local', () => import('./local/index.ts')),
  entry('dns64', () => import('./dns64/index.ts')),
  entry('any', () => import('./any/index.ts')),
  entry('chaos', () => import('./chaos/index.ts')),
  entry('loadbalance', () => import('./loadbalance/index.ts')),
  entry('tsig', () => import('./tsig/index.ts')),
  entry('rewrite', () => import('./rewrite/index.ts')),
  entry('autopath', () => import('./autopath/index.ts')),
  entry('acl', () => import('./acl/index.ts')),
  entry('cache', () => import('./cache/index.ts')),
  entry('header', () => import('./header/index.ts')),
  entry('dnssec', () => import('./dnssec/index.ts')),
  entry('tls', () => import('./tls/index.ts')),
  entry('minimal', () => import('./minimal/index.ts')),
  entry('template', () => import('./template/index.ts')),
  entry('transfer', () => import('./transfer/index.ts')),
  entry('hosts', () => import('./hosts/index.ts')),
  entry('k8s_external', () => import('./k8s_external/index.ts')),
  { ...entry('kubernetes', () => import('./kubernetes/index.ts')), isLarge: true },
  entry('file', () => import('./file/index.ts')),
  entry('auto', () => import('./auto/index.ts')),
  entry('secondary', () => import('./secondary/index.ts')),
  entry('etcd', () => import('./etcd/index.ts')),
  entry('loop', () => import('./loop/index.ts')),
  entry('forward', () => import('./forward/index.ts')),
  entry('grpc', () => import('./grpc/index.ts')),
  entry('erratic', () => import('./erratic/index.ts')),
  entry('whoami', () => import('./whoami/index.ts')),
  entry('sign', () => import('./sign/index.ts')),
  entry('view', () => import('./view/index.ts')),
]

const known =
  'root metadata geoip cancel proxyproto quic grpc_server https https3 timeouts multisocket reload ' +
  'nsid bufsize bind debug trace ready health pprof shed prometheus errors log dnstap local dns64 ' +
  'any chaos loadbalance tsig rewrite autopath acl cache header dnssec tls minimal template ' +
  'transfer hosts route53 azure clouddns k8s_external kubernetes file auto secondary etcd loop ' +
  'forward grpc erratic whoami on sign view nomad'

/** Directives of CoreDNS that this version does not have, with what to use instead. */
export const absent: ReadonlyMap<string, AbsentDirective> = new Map(
  known
    .split(' ')
    .filter((name) => !catalogue.some((one) => one.name === name))
    .map((name) => [name, absentDirective(name)]),
)
