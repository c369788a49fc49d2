/** What is known of a cluster: the sink of a source, and the indexes that answers are made from. */

import type { EndpointSlice, Kind, Namespace, ObjectByKind, Pod, Service } from './objects.ts'
import { isSameObject } from './same-object.ts'
import { ServiceIndex, type Versioned } from './service-index.ts'
import type { ObjectSink } from './source.ts'

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
  readonly own: ServiceIndex
  /** What *multicluster* zones serve. */
  readonly imported: ServiceIndex
  /** Goes up when a namespace comes or goes. */
  readonly namespaces: Versioned = { version: 0 }
  /** Goes up when a pod comes, changes or goes. */
  readonly pods: Versioned = { version: 0 }
  readonly #options: StoreOptions
  readonly #objects: { readonly [K in Kind]: Map<string, ObjectByKind[K]> } = {
    Service: new Map(),
    EndpointSlice: new Map(),
    Namespace: new Map(),
    Pod: new Map(),
    ServiceImport: new Map(),
  }
  readonly #podsByAddress = new Map<string, Pod[]>()
  readonly #synced = new Set<Kind>()
  readonly #onSynced = new Set<() => void>()

  constructor(options: StoreOptions) {
    this.#options = options
    const nowSeconds = () => Math.floor(options.wallNow() / 1000)
    this.own = new ServiceIndex(nowSeconds)
    this.imported = new ServiceIndex(nowSeconds)
  }

  hasNamespace(name: string): boolean {
    return this.#objects.Namespace.has(name) && this.isServed(name)
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
    const key = keyOf(object)
    const before = objects.get(key)
    if (kind === 'EndpointSlice') this.#options.onSlice?.(object as EndpointSlice)
    if (before !== undefined && isSameObject(kind, before, object)) return
    objects.set(key, object)
    this.#change(kind, before, object)
  }

  remove(kind: Kind, namespace: string, name: string): void {
    const objects = this.#objects[kind]
    const key = namespace === '' ? name : `${namespace}/${name}`
    const before = objects.get(key)
    if (before === undefined) return
    objects.delete(key)
    this.#change(kind, before, undefined)
  }

  replace<K extends Kind>(kind: K, objects: readonly ObjectByKind[K][]): void {
    const keys = new Set(objects.map(keyOf))
    for (const object of objects) this.upsert(kind, object)
    for (const [key, before] of this.#objects[kind]) {
      if (keys.has(key)) continue
      this.#objects[kind].delete(key)
      this.#change(kind, before, undefined)
    }
  }

  synced(kind: Kind): void {
    this.#synced.add(kind)
    for (const run of this.#onSynced) run()
  }

  // The kind tells the types of the two, which TypeScript cannot follow through the switch.
  #change(kind: Kind, before: unknown, after: unknown): void {
    switch (kind) {
      case 'Service':
        this.own.changeService(before as Maybe<Service>, after as Maybe<Service>)
        break
      case 'ServiceImport':
        this.imported.changeService(before as Maybe<Service>, after as Maybe<Service>)
        break
      case 'EndpointSlice':
        this.#changeSlice(before as Maybe<EndpointSlice>, after as Maybe<EndpointSlice>)
        break
      case 'Pod':
        this.#changePod(before as Maybe<Pod>, after as Maybe<Pod>)
        break
      case 'Namespace':
        this.namespaces.version++
    }
  }

  #changeSlice(before: Maybe<EndpointSlice>, after: Maybe<EndpointSlice>): void {
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
    this.pods.version++
    this.own.serial = Math.floor(this.#options.wallNow() / 1000)
  }
}

type Maybe<T> = T | undefined

function keyOf(object: Namespace & { readonly namespace?: string }): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`
}
