/** Sets up one plugin from words, and asks it as the chain of a server would. */

import { Rcode } from '../dns/rcode.ts'
import { ConfigErrors, DnsError } from '../errors.ts'
import { parseOptions } from '../options/parse-options.ts'
import type { InferOptions, PluginOptions } from '../options/schema.ts'
import type { Handler, Next, Plugin } from '../plugin.ts'
import { composeExtendedError } from '../wire/edns-data.ts'
import type { Message } from '../wire/message.ts'
import type { Query } from '../wire/query.ts'
import { type FakeHost, fakeHost } from './fake-host.ts'
import { makeQuery, type QueryOptions } from './make-query.ts'
import { readDirective } from './read-directive.ts'

/** The rest of the chain in a test. It may throw, which becomes a reply as everywhere. */
export type NextAnswer = (query: Query) => Message | Promise<Message>

/** How a plugin is loaded. */
export interface LoadOptions {
  readonly host?: FakeHost
  /** Zones of the server block when no `host` is given; `.` by default. */
  readonly zones?: readonly string[]
  readonly next?: NextAnswer
  /** False leaves out `started` and keeps the block's listeners unknown. */
  readonly start?: boolean
}

/** A plugin at work. */
export interface LoadedPlugin<O extends PluginOptions = PluginOptions> {
  readonly handler: Handler
  readonly host: FakeHost
  readonly options: InferOptions<O>
  /** The rest of the chain; may be replaced at any time. */
  next: NextAnswer
  /** Queries that reached `next`, in order. */
  readonly passed: readonly Query[]
  /** Asks; never rejects. */
  ask(name: string | Query, type?: string | number, options?: QueryOptions): Promise<Message>
  /** Asks without making a promise of an answer that is none. */
  run(query: Query): Message | Promise<Message>
  /** Loads the next instance as a reload does, and shuts this one down. */
  reload(corefile?: string): Promise<LoadedPlugin<O>>
  /** Ends the instance; a second call does nothing. */
  shutdown(): Promise<void>
}

/**
 * Loads `plugin` from the text of a server block's body.
 * @throws ConfigErrors for wrong options, and whatever the plugin's setup throws.
 * @example
 * const loaded = await loadPlugin(whoami, 'whoami')
 * const response = await loaded.ask('example.org', 'A')
 */
export async function loadPlugin<const O extends PluginOptions>(
  plugin: Plugin<O>,
  corefile: string,
  load: LoadOptions = {},
): Promise<LoadedPlugin<O>> {
  const directive = readDirective(plugin.name, corefile)
  const at = directive.occurrences[0]?.keyword
  if (at === undefined) throw new RangeError(`there is no ${plugin.name} in '${corefile}'`)
  const parsed = parseOptions(plugin.options, directive)
  if (parsed.errors !== undefined) throw new ConfigErrors(parsed.errors)
  const host = load.host ?? fakeHost({ plugin: plugin.name, zones: load.zones ?? ['.'], at })
  const handler = await plugin.setup(parsed.value, host)
  if (load.start !== false) {
    await handler.warmUp?.()
    host.listen()
    // Like a server, this does not wait: `started` may need the clock to move on.
    void handler.started?.()
    await host.clock.settle()
  }
  return new LoadedInstance(plugin, corefile, load, parsed.value, host, handler)
}

class LoadedInstance<O extends PluginOptions> implements LoadedPlugin<O> {
  readonly handler: Handler
  readonly host: FakeHost
  readonly options: InferOptions<O>
  readonly passed: Query[] = []
  next: NextAnswer
  readonly #plugin: Plugin<O>
  readonly #corefile: string
  readonly #load: LoadOptions
  #isShutDown = false

  constructor(
    plugin: Plugin<O>,
    corefile: string,
    load: LoadOptions,
    options: InferOptions<O>,
    host: FakeHost,
    handler: Handler,
  ) {
    this.#plugin = plugin
    this.#corefile = corefile
    this.#load = load
    this.options = options
    this.host = host
    this.handler = handler
    this.next = load.next ?? (handler.refusesAtEnd ? refuse : noNextPlugin)
  }

  async ask(
    name: string | Query,
    type?: string | number,
    options?: QueryOptions,
  ): Promise<Message> {
    return this.run(typeof name === 'string' ? makeQuery(name, type, options) : name)
  }

  run(query: Query): Message | Promise<Message> {
    return runChain(this.handler, query, (passed) => {
      this.passed.push(passed)
      return runGuarded(passed, () => this.next(passed))
    })
  }

  async reload(corefile: string = this.#corefile): Promise<LoadedPlugin<O>> {
    const inherited = this.handler.handover?.()
    const host = this.host.successor({ inherited })
    const next = await loadPlugin(this.#plugin, corefile, { ...this.#load, host, next: this.next })
    await this.shutdown()
    return next
  }

  async shutdown(): Promise<void> {
    if (this.#isShutDown) return
    this.#isShutDown = true
    await this.handler.shutdown?.()
  }
}

/** One plugin's place in a chain: `onQuery`, `next` when it passed, then `onResponse`. */
function runChain(handler: Handler, query: Query, next: Next): Message | Promise<Message> {
  const patch = (response: Message): Message => {
    if (response.isDropped) return response
    try {
      return handler.onResponse?.(query, response) ?? response
    } catch (error) {
      return failureOf(query, error)
    }
  }
  const pass = (): Message | Promise<Message> => {
    const response = next(query)
    return response instanceof Promise ? response.then(patch) : patch(response)
  }
  return runGuarded(query, () => {
    const answer = handler.onQuery?.(query, next)
    if (answer instanceof Promise) return answer.then((settled) => settled ?? pass())
    return answer ?? pass()
  })
}

/** What `run` gives; a throw or rejection becomes a reply. */
function runGuarded(
  query: Query,
  run: () => Message | Promise<Message>,
): Message | Promise<Message> {
  try {
    const response = run()
    if (!(response instanceof Promise)) return response
    return response.catch((error: unknown) => failureOf(query, error))
  } catch (error) {
    return failureOf(query, error)
  }
}

function failureOf(query: Query, error: unknown): Message {
  if (!(error instanceof DnsError)) return query.reply({ rcode: Rcode.SERVFAIL, cause: error })
  const { rcode, extendedError } = error
  if (extendedError === undefined || !query.hasEdns) return query.reply({ rcode, cause: error })
  const options = [composeExtendedError(extendedError)]
  const edns = { udpSize: query.ednsSize, flags: 0, options }
  return query.reply({ rcode, cause: error, edns })
}

const refuse = (query: Query): Message => query.reply({ rcode: Rcode.REFUSED })

function noNextPlugin(query: Query): Message {
  throw new DnsError('no-next-plugin', `no next plugin found for ${query}`)
}
