/** The manifests of examples/kubernetes, built in the ways that their READMEs show. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KubernetesObject } from './kubernetes-object.ts'
import { buildKustomization, buildWithComponents } from './kustomization.ts'

const examples = fileURLToPath(new URL('../../examples/kubernetes', import.meta.url))

/** The path of something in examples/kubernetes. */
export function inExamples(...path: string[]): string {
  return join(examples, ...path)
}

const components = (role: string, ...names: string[]): string[] =>
  names.map((name) => inExamples(role, 'components', name))

/** The objects of each, by a name for people. */
export const builds: Readonly<Record<string, readonly KubernetesObject[]>> = {
  cluster: buildKustomization(inExamples('cluster')),
  'cluster, by CPU, monitored': buildWithComponents(
    inExamples('cluster'),
    components('cluster', 'autoscaling-cpu', 'service-monitor'),
  ),
  'cluster, by size': buildWithComponents(
    inExamples('cluster'),
    components('cluster', 'autoscaling-proportional'),
  ),
  'node/iptables': buildKustomization(inExamples('node', 'iptables')),
  'node/link-local': buildKustomization(inExamples('node', 'link-local')),
  'node, legacy, monitored': buildWithComponents(
    inExamples('node', 'iptables'),
    components('node', 'legacy-iptables', 'service-monitor'),
  ),
}

/** One of them. */
export function build(name: string): readonly KubernetesObject[] {
  const objects = builds[name]
  if (objects === undefined) throw new Error(`there is no build ${name}`)
  return objects
}

/** An object of a build. */
export function find(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
): KubernetesObject {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}
