/**
 * A further process of a server: answers over UDP for the places that it shares with the first one,
 * which tells it what to serve. It has no files to watch, no TCP and no HTTP.
 */

import { ConfigErrors, Name } from '@fingerpost/sdk'
import { flushCaches, viewCaches } from '../caches.ts'
import { describeConfigError } from '../config-errors.ts'
import type { Context } from '../context.ts'
import { tableFiles } from '../corefile/table-files.ts'
import { Generation } from '../generation.ts'
import { parseText } from '../read-corefile.ts'
import { snapshot } from './merge-metrics.ts'
import type { FilterText, NumberedRequest, Reply, Request, ServeRequest } from './protocol.ts'
import type { SharedPlaces } from './shared-places.ts'

const DRAIN_MS = 5000

export interface WorkerOptions {
  readonly context: Context
  /** Told of the places before they are opened. */
  readonly places: SharedPlaces
  /** Port of server blocks that name none. */
  readonly dnsPort: number
  reply(reply: Reply): void
  /** Everything is over. */
  exit(): void
}

export class Worker {
  readonly #options: WorkerOptions
  #generation: Generation | undefined
  // Requests that change something wait for each other.
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Does what is asked and answers. Never throws. */
  take(request: NumberedRequest): void {
    const { id } = request
    const { reply, exit } = this.#options
    const isChange = request.kind === 'serve' || request.kind === 'stop'
    const result = (isChange ? this.#work : Promise.resolve()).then(() => this.#do(request))
    if (isChange) this.#work = result.catch(() => {})
    result.then(
      (value) => reply({ id, value }),
      (error) => reply({ id, error: describeConfigError(error).trimEnd() }),
    )
    if (request.kind === 'stop') void result.finally(exit)
  }

  async #do(request: Request): Promise<unknown> {
    switch (request.kind) {
      case 'serve':
        return this.#serve(request)
      case 'metrics':
        return snapshot(this.#options.context.metrics)
      case 'caches':
        return viewCaches(this.#generation, filterOf(request.filter), request.limit)
      case 'flush':
        return flushCaches(this.#generation, filterOf(request.filter))
      case 'stop':
        return this.#stop()
      case 'ping':
        return true
    }
  }

  /** @throws ConfigErrors; what was served is served on then */
  async #serve({ text, places }: ServeRequest): Promise<void> {
    const { context, dnsPort } = this.#options
    const { loader, environment } = context
    const corefile = parseText(text, 'Corefile', tableFiles({}), loader, environment)
    if (corefile.errors.length > 0) throw new ConfigErrors(corefile.errors)
    this.#options.places.share(places)
    const previous = this.#generation
    const generation = await Generation.build(corefile, context, dnsPort, { previous })
    await generation.warmUp()
    await generation.start()
    this.#generation = generation
    const directives = corefile.blocks.flatMap((block) => block.directives)
    loader.keepOnly(new Set(directives.map(({ name }) => name)))
    await previous?.drain(DRAIN_MS)
    await generation.closeOthers()
    await previous?.stop()
  }

  async #stop(): Promise<void> {
    const { sockets } = this.#options.context
    await sockets.stopReceiving()
    await this.#generation?.drain(DRAIN_MS)
    await this.#generation?.stop()
    await sockets.keepOnly(new Set())
  }
}

function filterOf({ name, isSubtree, type }: FilterText) {
  return { name: name === undefined ? undefined : Name.parseText(name), isSubtree, type }
}
