/**
 * Labels about a query, such as `kubernetes/namespace`, for logs, rules and views. A block without
 * the plugin *metadata* collects none, and its queries pay nothing for it.
 */

import type { Offered } from './offers.ts'
import type { Query } from './wire/query.ts'

/** What a plugin knows about queries; see `Offers.metadata`. */
export interface MetadataSource {
  /**
   * The value of a label without the plugin's name: `namespace` for `kubernetes/namespace`.
   * Undefined for labels that it does not have; the empty string for those that this query lacks.
   * Asked only when somebody wants to know, once for each query.
   */
  get(label: string, query: Query): string | undefined
}

/** The labels of one query. A query made from it (`Query.with`) shares them. */
export class Metadata {
  readonly #sources: readonly Offered<MetadataSource>[]
  readonly #query: Query
  readonly #values = new Map<string, string | undefined>()

  /** `query` is the client's own: later changes to the question do not show in the labels. */
  constructor(sources: readonly Offered<MetadataSource>[], query: Query) {
    this.#sources = sources
    this.#query = query
  }

  /** The value of `<plugin>/<label>`; undefined where no plugin says anything. */
  get(name: string): string | undefined {
    if (this.#values.has(name)) return this.#values.get(name)
    const slash = name.indexOf('/')
    const plugin = name.slice(0, slash)
    const label = name.slice(slash + 1)
    let value: string | undefined
    for (const source of this.#sources) {
      if (source.plugin === plugin) value ??= source.offer.get(label, this.#query)
    }
    this.#values.set(name, value)
    return value
  }

  /** Says what is known only on the way of the query, such as the upstream that was asked. */
  set(name: string, value: string): void {
    this.#values.set(name, value)
  }
}
