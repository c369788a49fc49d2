/** Watching the plugins of a block at work, query by query: for *trace*. */

import type { Message } from './wire/message.ts'
import type { Query } from './wire/query.ts'

/** Told of the plugins behind the one that offers it, in all chains of the block. */
export interface ChainObserver {
  /**
   * A plugin is asked. Undefined when nobody wants to know of this query, which should be found out
   * without cost: every query meets this for every plugin.
   */
  enter(plugin: string, query: Query): PluginVisit | undefined
}

/** One plugin with one query. */
export interface PluginVisit {
  /** The plugin asks the rest of the chain; `query` may be another one than its own. */
  asksOn(query: Query): void
  /** The plugin is done: it answered, passed (undefined), or failed with `error`. */
  end(answer: Message | undefined, error?: unknown): void
}
