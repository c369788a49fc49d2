/**
 * Builds a directory with a kustomization as `kubectl kustomize` does, for the few features that
 * the manifests of this project use. Anything else in a kustomization is refused.
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { applyJsonPatch, type PatchStep } from './json-patch.ts'
import { at, describeObject, type KubernetesObject, listAt, textAt } from './kubernetes-object.ts'

/** The objects that a kustomization makes. */
export function buildKustomization(directory: string): KubernetesObject[] {
  return buildOnto([], directory, 'Kustomization')
}

/** The same with components, as if another kustomization named both. */
export function buildWithComponents(
  directory: string,
  components: readonly string[],
): KubernetesObject[] {
  return components.reduce(
    (objects, component) => buildOnto(objects, component, 'Component'),
    buildKustomization(directory),
  )
}

/** The documents of a YAML file. @throws with the file's name */
export function readYaml(path: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'))
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw new Error(`${path}: ${error.message}`)
    const value: unknown = document.toJS()
    return value === null ? [] : [value]
  })
}

/** Adds a kustomization to what there is; a component may change it all. */
function buildOnto(
  before: readonly KubernetesObject[],
  directory: string,
  kind: 'Kustomization' | 'Component',
): KubernetesObject[] {
  const kustomization = readKustomization(directory, kind)
  let objects = [...before]
  for (const resource of kustomization.resources ?? []) {
    const path = join(directory, resource)
    objects.push(...(isDirectory(path) ? buildKustomization(path) : readObjects(path)))
  }
  objects.push(...(kustomization.configMapGenerator ?? []).map((one) => generate(directory, one)))
  for (const component of kustomization.components ?? []) {
    objects = buildOnto(objects, join(directory, component), 'Component')
  }
  for (const patch of kustomization.patches ?? []) {
    objects = applyPatch(objects, patch, directory)
  }
  const { images = [] } = kustomization
  const named = objects.map((object) => withImages(object, images))
  const names = named.map(describeObject)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`${directory}: ${twice} is there twice`)
  return named
}

interface Kustomization {
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly configMapGenerator?: readonly ConfigMapGenerator[]
  readonly patches?: readonly Patch[]
  readonly images?: readonly Image[]
}

interface ConfigMapGenerator {
  readonly name: string
  readonly namespace: string
  readonly files: readonly string[]
  readonly options: { readonly disableNameSuffixHash: true }
}

interface Patch {
  readonly target: { readonly kind: string; readonly name: string }
  readonly patch: string
}

interface Image {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
}

const fields: Readonly<Record<string, readonly string[]>> = {
  kustomization: [
    ...['apiVersion', 'kind', 'resources', 'components'],
    ...['configMapGenerator', 'patches', 'images'],
  ],
  configMapGenerator: ['name', 'namespace', 'files', 'options'],
  options: ['disableNameSuffixHash'],
  patch: ['target', 'patch'],
  target: ['kind', 'name'],
  image: ['name', 'newName', 'newTag'],
}

function readKustomization(directory: string, kind: string): Kustomization {
  const path = join(directory, 'kustomization.yaml')
  const [document, ...others] = readYaml(path)
  if (others.length > 0) throw new Error(`${path} has several documents`)
  const know = (what: string, json: unknown): void => {
    const unknown = Object.keys(Object(json)).filter((key) => !fields[what]?.includes(key))
    if (unknown.length > 0)
      throw new Error(`${path}: ${unknown.join(', ')} in ${what} is not known`)
  }
  const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1'
  if (textAt(document, 'kind') !== kind) throw new Error(`${path} is no ${kind}`)
  if (textAt(document, 'apiVersion') !== `kustomize.config.k8s.io/${version}`) {
    throw new Error(`${path}: the apiVersion of a ${kind} is kustomize.config.k8s.io/${version}`)
  }
  const kustomization = document as Kustomization
  know('kustomization', kustomization)
  for (const generator of kustomization.configMapGenerator ?? []) {
    know('configMapGenerator', generator)
    know('options', generator.options)
    if (!at(generator, 'options', 'disableNameSuffixHash')) {
      throw new Error(`${path}: ${generator.name} would get a name with a hash`)
    }
  }
  for (const patch of kustomization.patches ?? []) {
    know('patch', patch)
    know('target', patch.target)
  }
  for (const image of kustomization.images ?? []) know('image', image)
  return kustomization
}

function readObjects(path: string): KubernetesObject[] {
  return readYaml(path).map((document) => {
    if (textAt(document, 'kind') !== '' && textAt(document, 'metadata', 'name') !== '') {
      return document as KubernetesObject
    }
    throw new Error(`${path}: an object has neither kind nor name`)
  })
}

function generate(directory: string, { name, namespace, files }: ConfigMapGenerator) {
  const entries = files.map((file) => {
    // KEY=FILE, or a file that is called as the key.
    const [key, path = key] = file.split('=') as [string, string?]
    return [basename(key), readFileSync(join(directory, path), 'utf8')]
  })
  const data: Readonly<Record<string, string>> = Object.fromEntries(entries)
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

function applyPatch(
  objects: readonly KubernetesObject[],
  { target, patch }: Patch,
  directory: string,
): KubernetesObject[] {
  const [steps] = parseAllDocuments(patch).map((document) => document.toJS() as PatchStep[])
  const isTarget = ({ kind, metadata }: KubernetesObject): boolean =>
    kind === target.kind && metadata.name === target.name
  if (!objects.some(isTarget)) {
    throw new Error(`${directory}: there is no ${target.kind} ${target.name} to patch`)
  }
  if (!Array.isArray(steps)) throw new Error(`${directory}: a patch is a list of RFC 6902 steps`)
  return objects.map((object) =>
    isTarget(object) ? (applyJsonPatch(object, steps) as KubernetesObject) : object,
  )
}

function withImages(object: KubernetesObject, images: readonly Image[]): KubernetesObject {
  return images.reduce<KubernetesObject>((one, { name, newName = name, newTag }) => {
    const steps = ['containers', 'initContainers'].flatMap((field) =>
      listAt(one, 'spec', 'template', 'spec', field).flatMap((container, i): PatchStep[] => {
        const [own, tag] = textAt(container, 'image').split(':')
        if (own !== name) return []
        const path = `/spec/template/spec/${field}/${i}/image`
        return [{ op: 'replace', path, value: `${newName}:${newTag ?? tag}` }]
      }),
    )
    return applyJsonPatch(one, steps) as KubernetesObject
  }, object)
}

function isDirectory(path: string): boolean {
  if (!existsSync(path)) throw new Error(`there is no ${path}`)
  return statSync(path).isDirectory()
}
