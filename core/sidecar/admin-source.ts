/**
 * What the sidecar wants to know of the process and may ask it to do. The process implements
 * this; what it returns is plain data, and most of it is sent as it is, as JSON.
 */

import type { CachedAnswer, CacheFilter, InspectableStore, Name } from '@fingerpost/sdk'
import type { Explanation } from '../explain.ts'
import type { Finding } from '../finding.ts'

/** What the endpoints of directives need. */
export interface EndpointSource {
  /** Names of plugins of the running generation that are not ready now, each once. */
  unready(): readonly string[]
  /** Those among them that may become unready again, and are asked each time. */
  relapsed(): readonly string[]
  /** All metrics of all processes in Prometheus's text format 0.0.4. Never rejects. */
  metricsText(): Promise<string>
}

/** What the admin address needs. */
export interface AdminSource extends EndpointSource {
  status(): StatusView
  config(): ConfigView
  /** In the order of the chain. */
  plugins(): readonly PluginView[] | Promise<readonly PluginView[]>
  /** Looks at the configuration again. Never rejects. */
  reload(): Promise<ReloadOutcome>
  /** The caches of the running generation, with at most `limit` entries that match in all. */
  caches(filter: CacheFilter, limit: number): Promise<readonly CacheView[]>
  /** Has all caches forget the entries that match; resolves with how many there were. */
  flush(filter: CacheFilter): Promise<number>
  /** Asks the running generation, and notes what it does. */
  explain(name: Name, type: number, client: ClientView): Promise<Explanation>
  /**
   * Answers a message as a server block would that listens for HTTPS; undefined where it sends
   * nothing. Never rejects.
   */
  resolve(wire: Uint8Array, client: ClientView): Promise<Uint8Array | undefined>
}

/** Who asks. */
export interface ClientView {
  readonly address: string
  readonly port: number
}

/** `GET /status`. Times are ISO 8601. */
export interface StatusView {
  readonly version: string
  /** `bun 1.4.5`. */
  readonly runtime: string
  readonly startedAt: string
  readonly uptimeSeconds: number
  /** Counts from 1. */
  readonly generation: number
  /** When the running generation took over. */
  readonly loadedAt: string
  /** Why the configuration that runs is not the one that was asked for; null when it is. */
  readonly degraded: string | null
  /** The last reload, when it was refused; null after one that was not. */
  readonly refusedReload: RefusalView | null
  readonly listeners: readonly ListenerView[]
  readonly blocks: readonly BlockView[]
  /** Process IDs of the further processes that answer (*multisocket*). */
  readonly workers: readonly number[]
  readonly extras: readonly ExtraView[]
}

/** One extra configuration. */
export interface ExtraView {
  /** Its path, or which ConfigMap it is from. */
  readonly source: string
  readonly state: 'served' | 'quarantined'
  /** How long that has been so. */
  readonly since: string
  /** Keys of its server blocks, as far as they could be read. */
  readonly keys: readonly string[]
  /** Why it is quarantined, as a terminal shows it: places, lines, underlines. */
  readonly reason: string | null
  readonly diagnostics: readonly Finding[]
}

export interface RefusalView {
  readonly at: string
  /** As a terminal shows it: places, lines, underlines. */
  readonly reason: string
  readonly diagnostics: readonly Finding[]
}

export interface ListenerView {
  /** `dns://:53`. */
  readonly label: string
  readonly transport: string
  /** Empty for all addresses. */
  readonly address: string
  readonly port: number
}

export interface BlockView {
  /** `dns://example.org.:53`. */
  readonly keys: readonly string[]
  /** In the order of the chain. */
  readonly plugins: readonly string[]
}

/** `GET /config`. */
export interface ConfigView {
  /** Where the configuration was read from. */
  readonly path: string
  /** The configuration that is in effect: imports, snippets and variables put in. */
  readonly text: string
  readonly blocks: readonly ConfigBlockView[]
}

export interface ConfigBlockView {
  readonly keys: readonly string[]
  readonly directives: readonly { readonly name: string; readonly text: string }[]
}

/** `GET /plugins`: a plugin that can be used. */
export interface PluginView {
  readonly name: string
  /** `built-in`, or the version of its package; empty when it has none. */
  readonly version: string
  /** Where it came from; empty for built-in ones. */
  readonly path: string
  /** Why it can't be used. */
  readonly error?: string
  /** Whether the running generation has an instance. */
  readonly isUsed: boolean
}

/** `POST /reload`. */
export type ReloadOutcome =
  | { readonly outcome: 'taken'; readonly changes: readonly string[] }
  /** The configuration says what it said before. */
  | { readonly outcome: 'unchanged' }
  | ({ readonly outcome: 'refused' } & Pick<RefusalView, 'reason' | 'diagnostics'>)

/** `GET /cache`: one cache. */
export interface CacheView {
  /** Keys of its server block. */
  readonly keys: readonly string[]
  /** Zones whose names it keeps. */
  readonly zones: readonly string[]
  readonly stores: readonly InspectableStore[]
  /** The most recently used first. */
  readonly entries: readonly CachedAnswer[]
}
