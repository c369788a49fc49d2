/**
 * The seam between where Kubernetes objects come from (an API server, a directory of manifests)
 * and what is made of them. A source reduces objects before it hands them over.
 */

import type { Kind, ObjectByKind } from './objects.ts'

/** Where objects come from. */
export interface ObjectSource {
  /**
   * Begins to deliver to `sink`, and goes on until `close`. Resolves once it has begun, which for an
   * API server that can't be reached is at once: nobody waits here for the first list. Rejects only
   * for what no waiting mends (a `ConfigError`: a certificate that is not there).
   */
  start(sink: ObjectSink): Promise<void>
  /** Equal for sources that deliver the same: it says what is asked of whom. Not for people. */
  readonly identity: string
  /**
   * How long nothing was heard of the kind that is silent for longest, in milliseconds; 0 where
   * nothing can be missed.
   */
  readonly silentMs: number
  /** Whether every kind was delivered whole once. Stays true from then on. */
  readonly isSynced: boolean
  /** Ends all work; nothing is delivered any more. */
  close(): void
}

/** What an object is known by among those of its kind. */
export function keyOf({ namespace = '', name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`
}

/** Takes what a source delivers. Calls are synchronous and never throw. */
export interface ObjectSink {
  /** An object that may be new or have changed. What was there under its name is replaced. */
  upsert<K extends Kind>(kind: K, object: ObjectByKind[K]): void
  /** An object that is gone. `namespace` is empty for kinds without one. */
  remove(kind: Kind, namespace: string, name: string): void
  /** All objects of a kind were delivered: those without one of the {@link keyOf keys} are gone. */
  retain(kind: Kind, keys: ReadonlySet<string>): void
  /** A kind was delivered whole; called each time, after `retain`. */
  synced(kind: Kind): void
}
