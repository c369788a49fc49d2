/** The plugin contract: what a plugin is, and what it does with a query (DESIGN section 3). */

import type { Host } from './host.ts'
import type { InspectableCache } from './inspect.ts'
import type { Offers } from './offers.ts'
import type { InferOptions, PluginOptions } from './options/schema.ts'
import type { Message } from './wire/message.ts'
import type { Query } from './wire/query.ts'

/** What the rest of the chain answers. Never throws and never rejects. */
export type Next = (query: Query) => Message | Promise<Message>

/** A message (answered), nothing (passed on), or a promise of either. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that just returns passes.
export type Answer = Message | undefined | void | Promise<Message | undefined | void>

/** One instance of a plugin: it serves one server block. All parts are optional. */
export interface Handler {
  /**
   * Answers the query, or passes by returning nothing. A plugin that must own the rest of the
   * chain may call `next` zero, one or more times instead. A throw becomes a reply with SERVFAIL,
   * or the `rcode` of a `DnsError`.
   */
  onQuery?(query: Query, next: Next): Answer
  /** Looks at or patches a response on its way back; runs only if this plugin passed. */
  onResponse?(query: Query, response: Message): Message
  /**
   * Whether the block serves the query, asked when blocks of its zone are chosen between (*view*).
   * A block without such a plugin serves all.
   */
  accepts?(query: Query): boolean
  /**
   * Whether what this plugin passes on gets REFUSED, not SERVFAIL, when no plugin comes after it:
   * right for one that is an authority for its zones and nothing else (*file*).
   */
  readonly refusesAtEnd?: boolean
  /** What the plugin does for others of its block; see `Host.offers`. */
  readonly offers?: Offers
  /**
   * Waits for what the plugin can't answer without, within limits of its own. Called when all
   * plugins are set up, before the listeners answer; meanwhile HTTP endpoints say that the process
   * is not ready, and of a reload the old generation serves. A rejection is logged.
   */
  warmUp?(): Promise<void>
  /** Called once the listeners of the generation answer. May run on: it is not waited for. */
  started?(): void | Promise<void>
  /** Whether the plugin is ready; one without this always is. */
  ready?(): boolean
  /** Has *ready* ask each time, even where a plugin that was ready once is not asked again. */
  readonly mayBecomeUnready?: boolean
  /** Lets people look into what the plugin keeps. */
  readonly cache?: InspectableCache
  /** State that the same plugin of the next generation may take over (see `Host.inherited`). */
  handover?(): unknown
  /** Ends timers, sockets and watches. Called once. */
  shutdown?(): void | Promise<void>
}

/** A plugin: the default export of its module. */
export interface Plugin<O extends PluginOptions = PluginOptions> {
  /** The directive in a Corefile. */
  readonly name: string
  /** Where a third-party plugin belongs; the catalogue orders the built-in ones. */
  readonly order?: { readonly before?: string; readonly after?: string }
  readonly options: O
  /**
   * Offers that the plugin can't do without, each with what makes it: a block where no plugin has
   * one is a mistake. `{ externalServices: 'kubernetes' }`
   */
  readonly needs?: { readonly [K in keyof Offers]?: string }
  /**
   * Where there are instances when *multisocket* has several processes answer for a server block,
   * each the questions about some of the names: in `all` of them (the default); in the `first` one,
   * which alone has TCP and HTTP, for what is done once; or the block stays in `one` process, since
   * the plugin has to see all that comes.
   */
  readonly processes?: 'all' | 'first' | 'one'
  /** What can be said of the directive without running it; for `fingerpost check`. */
  traits?(options: InferOptions<O>): Traits
  /** Makes the instance for one server block. Opens no listening socket. */
  setup(options: InferOptions<O>, host: Host): Handler | Promise<Handler>
}

/**
 * Describes a plugin; the options that `setup` gets are inferred from the schema.
 *
 * @example
 * export default definePlugin({
 *   name: 'guard',
 *   order: { before: 'cache' },
 *   options: directive({ args: args(duration) }),
 *   setup({ args: [maxMs] }, host) {
 *     const refused = host.counter('refused_total', 'ANY queries refused (RFC 8482).')
 *     return {
 *       onQuery(query) {
 *         if (query.qtype !== Type.ANY) return
 *         refused.add()
 *         return query.reply({ rcode: Rcode.REFUSED })
 *       },
 *       onResponse: (_, response) => response.withMaxTtl(maxMs / 1000),
 *     }
 *   },
 * })
 */
export function definePlugin<const O extends PluginOptions>(plugin: Plugin<O>): Plugin<O> {
  return plugin
}

/** What a directive does, as far as that can be told from its options. */
export interface Traits {
  /** Answers every query that reaches it: plugins behind it are never asked. */
  readonly answersAll?: boolean
  /** Passes on some names that it would answer otherwise: something must stand behind it. */
  readonly fallsThrough?: boolean
  /** Where queries are sent: a loop, when that is the server itself. */
  readonly upstreams?: readonly { readonly address: string; readonly port: number }[]
}

/** A directive that is known and not there. */
export interface AbsentDirective {
  /** What it does elsewhere, to follow its name: `reads zones of …`. */
  readonly what: string
  /** What to do instead, as a phrase in the imperative. */
  readonly instead: string
}

/** A plugin that is loaded only when a Corefile names it. */
export interface CatalogueEntry {
  readonly name: string
  /** Whether it keeps and renews so many objects that memory has to be collected with more care. */
  readonly isLarge?: boolean
  load(): Promise<Plugin>
}
