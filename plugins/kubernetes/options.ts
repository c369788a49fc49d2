/** The options of *kubernetes*. */

import {
  args,
  directive,
  duration,
  flag,
  float,
  type InferOptions,
  integer,
  many,
  oneOf,
  optional,
  path,
  rest,
  text,
  transform,
  zones,
} from '@fingerpost/sdk'
import { parseSelector } from './selector.ts'

const selector = transform(args(many(text)), ([words], report) => {
  const joined = words.join(' ')
  if (parseSelector(joined) === undefined) {
    report(`'${joined}' is not a label selector such as app=web or tier in (a, b)`)
  }
  return joined
})

/** A watch that hears nothing, and a connection that is dead without saying so, end before. */
const MIN_SILENCE_MS = 60_000

export const options = directive({
  args: args(rest(zones)),
  block: {
    endpoint: many(text),
    tls: args(path, path, path),
    kubeconfig: args(path, optional(text)),
    manifests: path,
    apiserver_qps: float(0),
    apiserver_burst: integer(0),
    apiserver_max_inflight: integer(0),
    namespaces: many(text),
    namespace_labels: selector,
    labels: selector,
    pods: optional(oneOf('disabled', 'insecure', 'verified'), 'disabled'),
    endpoint_pod_names: flag,
    ttl: optional(integer(0, 3600), 5),
    noendpoints: flag,
    fallthrough: rest(zones),
    ignore: rest(oneOf('empty_service')),
    multicluster: rest(zones),
    zonal: flag,
    startup_timeout: optional(duration, 5000),
    unready_after: optional(duration),
  },
  check({ args: [own], block }, report) {
    if (block.unready_after !== undefined && block.unready_after < MIN_SILENCE_MS) {
      const seconds = MIN_SILENCE_MS / 1000
      report(`an API that is well may be silent for most of a minute: at least ${seconds}s`, {
        option: 'unready_after',
      })
    }
    if (block.unready_after !== undefined && block.manifests !== undefined) {
      report('manifests do not go silent: remove unready_after', { option: 'unready_after' })
    }
    if (block.namespaces.length > 0 && block.namespace_labels !== undefined) {
      report('namespaces and namespace_labels cannot both be set', { option: 'namespace_labels' })
    }
    if (block.zonal && block.noendpoints) {
      report('zonal needs the endpoints: remove noendpoints', { option: 'zonal' })
    }
    if (own.length > 0 && own.every(isBelowReverseRoot)) {
      report('non-reverse zone name must be used: PTR records have to point into one', { arg: 0 })
    }
    const foreign = block.multicluster?.find((one) => own.length > 0 && !own.includes(one))
    if (foreign !== undefined) {
      report(`${foreign} is not a zone of this plugin`, { option: 'multicluster' })
    }
    const sources = [block.manifests, block.kubeconfig, block.endpoint[0]]
    if (block.manifests !== undefined && sources.filter((one) => one !== undefined).length > 1) {
      report('manifests takes the place of an API: remove endpoint and kubeconfig', {
        option: 'manifests',
      })
    }
  },
})

/** Whether a zone is `in-addr.arpa` or `ip6.arpa` in part. The whole of them CoreDNS lets pass. */
export function isBelowReverseRoot(zone: string): boolean {
  return /\.(in-addr|ip6)\.arpa\.?$/i.test(zone)
}

export type KubernetesOptions = InferOptions<typeof options>
