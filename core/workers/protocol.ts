/** What the first process and its workers say to each other, as JSON. */

import type { MetricKind } from '../metrics.ts'

/** What a worker is asked for; it answers each request, one after the other. */
export type Request =
  | ServeRequest
  /** Answered with {@link FamilySnapshot}s. */
  | { readonly kind: 'metrics' }
  /** Answered with `CacheView`s. */
  | { readonly kind: 'caches'; readonly filter: FilterText; readonly limit: number }
  /** Answered with how many entries were forgotten. */
  | { readonly kind: 'flush'; readonly filter: FilterText }
  /** Answered when everything is over. */
  | { readonly kind: 'stop' }
  /** Answered as soon as the worker gets to it. */
  | { readonly kind: 'ping' }

/** Serve this in the place of what is served; answered when it is so. */
export interface ServeRequest {
  readonly kind: 'serve'
  /** A Corefile without imports and variables. */
  readonly text: string
  /** Places to answer at; the others of the text are the first process's. */
  readonly places: readonly WorkerPlace[]
}

/** A place that processes share. */
export interface WorkerPlace {
  /** As `ListenPlace` has it. */
  readonly label: string
  /** The port that the first process has. */
  readonly port: number
}

/** A `CacheFilter`. */
export interface FilterText {
  /** In presentation form. */
  readonly name?: string | undefined
  readonly isSubtree: boolean
  readonly type?: number | undefined
}

export type NumberedRequest = Request & { readonly id: number }

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }

/** A metric of another process at one moment. */
export interface FamilySnapshot {
  readonly name: string
  readonly kind: MetricKind
  readonly help: string
  readonly labelNames: readonly string[]
  readonly bounds: readonly number[]
  readonly series: readonly SeriesSnapshot[]
}

export interface SeriesSnapshot {
  readonly labelValues: readonly string[]
  readonly value: number
  readonly buckets?: readonly number[]
}
