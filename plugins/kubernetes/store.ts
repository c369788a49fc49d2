/** What is known of a cluster: the sink of a source, and the indexes that answers are made from. */

import { NamespacedMap } from './namespaced-map.ts'
import type { EndpointSlice, Kind, Namespace, ObjectByKind, Pod, Service } from './objects.ts'
import { PackedSlice, SharedTexts } from './packed-slice.ts'
import { isSameObject } from './same-object.ts'
import { type IndexedService, ServiceIndex } from './service-index.ts'
import { keyOf, type ObjectSink } from './source.ts'
import { type Version, Versions } from './versions.ts'

/** What a store is told besides objects. */
export interface StoreOptions {
  /** The namespaces to serve; all, where undefined. */
  readonly namespaces: ReadonlySet<string> | undefined
  wallNow(): number
  /** Called for a slice that is new or has changed. */
  onSlice?(slice: EndpointSlice): void
}

/** The objects of one cluster. */
export class Store implements ObjectSink {
  readonly versions = new Versions()
  readonly own: ServiceIndex
  /** What *multicluster* zones serve. */
  readonly imported: ServiceIndex
  /** Changes when a namespace comes or goes. */
  readonly namespaces: Version = this.versions.add()
  /** Changes when a pod comes, changes or goes, or a namespace that pods could be in. */
  readonly pods: Version = this.versions.add()
  readonly #options: StoreOptions
  readonly #objects: { readonly [K in Kind]: NamespacedMap<ObjectByKind[K]> } = {
    Service: new NamespacedMap(),
    EndpointSlice: new NamespacedMap(),
    Namespace: new NamespacedMap(),
    Pod: new NamespacedMap(),
    ServiceImport: new NamespacedMap(),
  }
  readonly #shared = new SharedTexts()
  readonly #podsByAddress = new Map<string, Pod[]>()
  readonly #synced = new Set<Kind>()
  readonly #onSynced = new Set<() => void>()

  constructor(options: StoreOptions) {
    this.#options = options
    const nowSeconds = () => Math.floor(options.wallNow() / 1000)
    this.own = new ServiceIndex(this.versions, nowSeconds)
    this.imported = new ServiceIndex(this.versions, nowSeconds)
  }

  hasNamespace(name: string): boolean {
    return this.#objects.Namespace.get('', name) !== undefined && this.isServed(name)
  }

  /** Whether the Corefile lets a namespace be seen. */
  isServed(namespace: string): boolean {
    return this.#options.namespaces?.has(namespace) ?? true
  }

  /** Pods with an address, exactly as written. */
  podsByAddress(address: string): readonly Pod[] {
    return this.#podsByAddress.get(address) ?? []
  }

  /** Objects of a kind. */
  count(kind: Kind): number {
    return this.#objects[kind].size
  }

  /** Kinds that were delivered whole. */
  isSynced(kind: Kind): boolean {
    return this.#synced.has(kind)
  }

  /** Calls `run` each time a kind was delivered whole. Returns what ends that. */
  whenSynced(run: () => void): () => void {
    this.#onSynced.add(run)
    return () => void this.#onSynced.delete(run)
  }

  upsert<K extends Kind>(kind: K, object: ObjectByKind[K]): void {
    const objects = this.#objects[kind]
    const namespace = namespaceOf(object)
    const before = objects.get(namespace, object.name)
    if (kind === 'EndpointSlice') this.#options.onSlice?.(object as EndpointSlice)
    const after = this.#compact(kind, object)
    if (before !== undefined && isSameObject(kind, before, after)) return
    objects.set(namespace, object.name, after)
    this.#change(kind, before, after)
  }

  remove(kind: Kind, namespace: string, name: string): void {
    const objects = this.#objects[kind]
    const before = objects.get(namespace, name)
    if (before === undefined) return
    objects.delete(namespace, name)
    this.#change(kind, before, undefined)
  }

  retain(kind: Kind, keys: ReadonlySet<string>): void {
    const gone = [...this.#objects[kind].values()].filter((object) => !keys.has(keyOf(object)))
    for (const object of gone) this.remove(kind, namespaceOf(object), object.name)
  }

  synced(kind: Kind): void {
    this.#synced.add(kind)
    for (const run of this.#onSynced) run()
  }

  // The kind tells the types of the two, which TypeScript cannot follow through the switch.
  #change(kind: Kind, before: unknown, after: unknown): void {
    switch (kind) {
      case 'Service':
        this.own.changeService(before as Maybe<IndexedService>, after as Maybe<IndexedService>)
        break
      case 'ServiceImport':
        this.imported.changeService(before as Maybe<IndexedService>, after as Maybe<IndexedService>)
        break
      case 'EndpointSlice':
        this.#changeSlice(before as Maybe<PackedSlice>, after as Maybe<PackedSlice>)
        break
      case 'Pod':
        this.#changePod(before as Maybe<Pod>, after as Maybe<Pod>)
        break
      case 'Namespace':
        this.#changeNamespace(((after ?? before) as Namespace).name)
    }
  }

  #changeNamespace(name: string): void {
    this.versions.changed(this.namespaces)
    this.versions.changed(this.pods)
    this.own.touchNamespace(name)
    this.imported.touchNamespace(name)
  }

  /** The same object in less memory: there are thousands of them. */
  #compact<K extends Kind>(kind: K, object: ObjectByKind[K]): ObjectByKind[K]
  #compact(kind: Kind, object: unknown): unknown {
    if (kind === 'EndpointSlice') return new PackedSlice(object as EndpointSlice, this.#shared)
    if (kind === 'ServiceImport') return { ...(object as Service), place: -1 }
    if (kind !== 'Service') return object
    const service = object as Service
    return {
      ...service,
      namespace: this.#shared.text(service.namespace),
      name: this.#shared.text(service.name),
      type: this.#shared.text(service.type),
      ports: this.#shared.ports(service.ports),
      externalIps: service.externalIps.length === 0 ? none : service.externalIps,
      place: -1,
    }
  }

  #changeSlice(before: Maybe<PackedSlice>, after: Maybe<PackedSlice>): void {
    const from = before && this.#indexOf(before)
    const to = after && this.#indexOf(after)
    if (from === to && before?.service === after?.service) from?.changeSlice(before, after)
    else {
      from?.changeSlice(before, undefined)
      to?.changeSlice(undefined, after)
    }
  }

  #indexOf(slice: EndpointSlice): ServiceIndex {
    return slice.cluster === '' ? this.own : this.imported
  }

  #changePod(before: Maybe<Pod>, after: Maybe<Pod>): void {
    for (const address of before?.addresses ?? []) {
      const others = this.podsByAddress(address).filter((pod) => pod !== before)
      if (others.length === 0) this.#podsByAddress.delete(address)
      else this.#podsByAddress.set(address, others)
    }
    for (const address of after?.addresses ?? []) {
      this.#podsByAddress.set(address, [...this.podsByAddress(address), after as Pod])
    }
    this.versions.changed(this.pods)
    this.own.serial = Math.floor(this.#options.wallNow() / 1000)
  }
}

type Maybe<T> = T | undefined

const none: readonly string[] = []

/** Empty for kinds without namespaces. */
function namespaceOf(object: Namespace & { readonly namespace?: string }): string {
  return object.namespace ?? ''
}
