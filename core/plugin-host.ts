/** The `Host` of one plugin instance: the SDK's view of the process it runs in. */

import type {
  Block,
  BlockSettings,
  Counter,
  Files,
  Gauge,
  Histogram,
  Host,
  Logger,
  Message,
  Offered,
  Offers,
  Query,
} from '@fingerpost/sdk'
import type { Link } from './chain.ts'
import type { Context } from './context.ts'

/** What differs between the hosts of one process. */
export interface HostParts {
  readonly plugin: string
  readonly block: Block
  readonly settings: BlockSettings
  resolve(query: Query): Promise<Message>
  /** The handlers of the block, in the order of the chain; filled as they are set up. */
  readonly links: readonly Link[]
  /** State of the same plugin in the running generation. */
  inherit(): unknown
}

/** Makes the host for one plugin instance. */
export function makeHost(context: Context, parts: HostParts): Host {
  return new PluginHost(context, parts)
}

class PluginHost implements Host {
  readonly #context: Context
  readonly #parts: HostParts
  readonly log: Logger
  readonly fetch: typeof fetch = globalThis.fetch
  #files: { readonly root: string; readonly files: Files } | undefined

  constructor(context: Context, parts: HostParts) {
    this.#context = context
    this.#parts = parts
    this.log = context.log.plugin(parts.plugin)
  }

  get plugin(): string {
    return this.#parts.plugin
  }
  get block(): Block {
    return this.#parts.block
  }
  get settings(): BlockSettings {
    return this.#parts.settings
  }
  get clock(): Context['clock'] {
    return this.#context.clock
  }
  get random(): Context['random'] {
    return this.#context.random
  }
  get network(): Context['network'] {
    return this.#context.network
  }
  get identity(): Context['identity'] {
    return this.#context.identity
  }
  get inherited(): unknown {
    return this.#parts.inherit()
  }

  environment(name: string): string | undefined {
    const { environment } = this.#context
    return Object.hasOwn(environment, name) ? environment[name] : undefined
  }

  /** *root* is set up before the others, and may change what paths mean. */
  get files(): Files {
    const { root } = this.settings
    if (this.#files?.root !== root) this.#files = { root, files: this.#context.files(root) }
    return this.#files.files
  }

  counter(name: string, help: string, labelNames?: readonly string[]): Counter {
    return this.#context.metrics.counter(this.#fullName(name), help, labelNames)
  }

  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge {
    return this.#context.metrics.gauge(this.#fullName(name), help, labelNames)
  }

  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly string[],
  ): Histogram {
    return this.#context.metrics.histogram(this.#fullName(name), help, buckets, labelNames)
  }

  offers<K extends keyof Offers>(kind: K): readonly Offered<NonNullable<Offers[K]>>[] {
    return this.#parts.links.flatMap(({ name, handler }) => {
      const offer = handler.offers?.[kind]
      return offer === undefined || offer === null ? [] : [{ plugin: name, offer }]
    })
  }

  resolve(query: Query): Promise<Message> {
    return this.#parts.resolve(query)
  }

  fatal(message: string): void {
    this.log.error(message)
    this.#context.fatal(message, this.#parts.block.at)
  }

  #fullName(name: string): string {
    const isFull = name.startsWith('coredns_') || name.startsWith('fingerpost_')
    return isFull ? name : `coredns_${this.plugin.replaceAll('-', '_')}_${name}`
  }
}
