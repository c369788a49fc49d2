/**
 * Chooses where the objects come from: manifests, a kubeconfig, an address, or the cluster. Another
 * client of the API is plugged in here: as an {@link ObjectSource} that reduces what it is given
 * (`reduceObject`) and tells its sink, and is returned in the place of `apiSource`.
 */

import { ConfigError, type Host } from '@fingerpost/sdk'
import { accessAt, inClusterAccess } from './api/access.ts'
import { apiSource } from './api/api-source.ts'
import { kubeconfigAccess } from './api/kubeconfig.ts'
import { ManifestSource } from './manifests.ts'
import type { Kind } from './objects.ts'
import type { KubernetesOptions } from './options.ts'
import type { ObjectSource } from './source.ts'
import { loadYaml } from './yaml.ts'

/**
 * Makes the source that the options ask for.
 * @throws ConfigError for what can't work
 */
export async function openSource(options: KubernetesOptions, host: Host): Promise<ObjectSource> {
  const { block } = options
  const kinds = kindsOf(options)
  if (block.manifests !== undefined) {
    return new ManifestSource(host, {
      directory: block.manifests,
      kinds,
      labels: block.labels,
      namespaceLabels: block.namespace_labels,
      yaml: await loadYaml(),
    })
  }
  return apiSource(host, {
    access: await accessOf(options, host),
    kinds,
    selectors: { labels: block.labels, namespaceLabels: block.namespace_labels },
    at: host.block.at,
  })
}

async function accessOf({ block }: KubernetesOptions, host: Host) {
  const around = { files: host.files, clock: host.clock, at: host.block.at }
  if (block.kubeconfig !== undefined) {
    const [path, context] = block.kubeconfig
    const { parse } = await loadYaml()
    return kubeconfigAccess({ path, context, parseYaml: parse }, around)
  }
  const [url, ...others] = block.endpoint
  if (url === undefined) {
    return inClusterAccess((name) => host.environment(name), around)
  }
  if (others.length > 0) {
    host.log.warning(`Multiple endpoints have been deprecated, only the first is used: ${url}`)
  }
  const [certPath, keyPath, caPath] = block.tls ?? []
  // They have to be there even where the URL has no use for them.
  for (const path of block.tls ?? []) {
    await host.files.readText(path).catch((cause: Error) => {
      throw new ConfigError('file', cause.message, { at: host.block.at, cause })
    })
  }
  return accessAt(url, { certPath, keyPath, caPath }, around)
}

/** The kinds that are watched. */
function kindsOf({ block }: KubernetesOptions): Kind[] {
  const kinds: Kind[] = ['Namespace', 'Service']
  if (!block.noendpoints) kinds.push('EndpointSlice')
  if (block.pods === 'verified') kinds.push('Pod')
  if (block.multicluster !== undefined) kinds.push('ServiceImport')
  return kinds
}
