/**
 * One cluster as it is known: the store of its objects, and what delivers them. Generations of a
 * configuration share it for as long as they ask the same API for the same: a reload neither lists
 * anew nor forgets what is known while the API is away.
 */

import type { Host } from '@fingerpost/sdk'
import { ClusterMetrics } from './cluster-metrics.ts'
import { openSource } from './open-source.ts'
import type { KubernetesOptions } from './options.ts'
import type { ObjectSource } from './source.ts'
import { Store } from './store.ts'

/**
 * The cluster that the options ask for: the one that the running generation hands over if it is the
 * same, else a new one. It is held, and has to be released.
 * @throws ConfigError (rejects) for what can't work
 */
export async function joinCluster(options: KubernetesOptions, host: Host): Promise<Cluster> {
  // Made in any case, since what it is made of (a kubeconfig) may say something else by now.
  const source = await openSource(options, host)
  const { inherited } = host
  const namespaces = [...new Set(options.block.namespaces)].sort()
  const identity = JSON.stringify([source.identity, namespaces])
  const isSame = inherited instanceof Cluster && inherited.identity === identity
  const cluster =
    isSame && !inherited.isClosed ? inherited : new Cluster(identity, source, namespaces, host)
  await cluster.hold()
  return cluster
}

/** A cluster that its holders share; closed when the last one has released it. */
export class Cluster {
  /** Says what is asked of whom. */
  readonly identity: string
  readonly store: Store
  readonly #source: ObjectSource
  readonly #metrics: ClusterMetrics
  #started: Promise<void> | undefined
  #holders = 0
  #isClosed = false

  constructor(identity: string, source: ObjectSource, namespaces: readonly string[], host: Host) {
    this.identity = identity
    this.#source = source
    this.#metrics = new ClusterMetrics(host)
    this.store = new Store({
      namespaces: namespaces.length > 0 ? new Set(namespaces) : undefined,
      wallNow: () => host.clock.wallNow(),
      onSlice: (slice) => this.#metrics.observe(slice, this.store.own, this.isSynced),
    })
    this.store.whenSynced(() => this.#metrics.count(this.store))
  }

  /** Whether all of it was known once. */
  get isSynced(): boolean {
    return this.#source.isSynced
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** See `ObjectSource.silentMs`. */
  get silentMs(): number {
    return this.#source.silentMs
  }

  /**
   * Keeps the cluster until `release`; the first holder starts it.
   * @throws (rejects) as `ObjectSource.start` does; it is not held then
   */
  async hold(): Promise<void> {
    this.#holders++
    try {
      this.#started ??= this.#source.start(this.store)
      await this.#started
    } catch (error) {
      this.release()
      throw error
    }
  }

  release(): void {
    if (--this.#holders > 0 || this.#isClosed) return
    this.#isClosed = true
    this.#source.close()
  }
}
