/** The objects of a cluster: versions, the history of their changes, and who follows them. */

export interface KubeObject {
  readonly apiVersion?: string
  readonly kind: string
  readonly metadata: {
    readonly namespace?: string
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly resourceVersion?: string
  }
}

/** One change of one object. */
export interface KubeEvent {
  readonly version: number
  /** Undefined when it was created. */
  readonly before: KubeObject | undefined
  /** The last state with the version of its deletion, when it was deleted. */
  readonly after: KubeObject
  readonly isDeletion: boolean
}

const FIRST_VERSION = 1000

/** A store that remembers every change until it is told to forget. */
export class KubeStore {
  readonly #objects = new Map<string, KubeObject>()
  readonly #followers = new Set<(event: KubeEvent) => void>()
  #events: KubeEvent[] = []
  #version = FIRST_VERSION
  #forgottenUntil = 0

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) this.apply(object)
    this.#events = []
    this.#forgottenUntil = this.#version
  }

  get version(): number {
    return this.#version
  }

  list(isWanted: (object: KubeObject) => boolean): KubeObject[] {
    return [...this.#objects.values()].filter(isWanted)
  }

  /** Creates an object, or replaces the one of its name. */
  apply(object: KubeObject): void {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    const after = this.#withVersion(object)
    this.#objects.set(key, after)
    this.#publish({ version: this.#version, before, after, isDeletion: false })
  }

  /** Deletes the object called `Kind namespace/name`, or `Kind name` outside of namespaces. */
  remove(key: string): void {
    const before = this.#objects.get(key)
    if (before === undefined) throw new Error(`the cluster has no ${key}`)
    this.#objects.delete(key)
    const after = this.#withVersion(before)
    this.#publish({ version: this.#version, before, after, isDeletion: true })
  }

  /** Forgets the history: whoever holds an earlier version has to list again. */
  forget(): void {
    this.#version += 10
    this.#events = []
    this.#forgottenUntil = this.#version
  }

  /** The changes after a version; undefined if they are forgotten. */
  eventsAfter(version: number): readonly KubeEvent[] | undefined {
    if (version < this.#forgottenUntil) return undefined
    return this.#events.filter((event) => event.version > version)
  }

  /** Calls `follower` at every change; returns how to stop that. */
  follow(follower: (event: KubeEvent) => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  #withVersion(object: KubeObject): KubeObject {
    const resourceVersion = String(++this.#version)
    return { ...object, metadata: { ...object.metadata, resourceVersion } }
  }

  #publish(event: KubeEvent): void {
    this.#events.push(event)
    for (const follower of this.#followers) follower(event)
  }
}

function keyOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
