/**
 * The further processes that answer for server blocks with *multisocket*: one socket of each address
 * in each process, between which the kernel chooses by the name that is asked for. This process is
 * the first of them, and the only one with TCP, HTTP and files to watch.
 */

import type { CacheFilter, Clock, Logger } from '@fingerpost/sdk'
import { formatCorefile } from '../config-text.ts'
import type { ConfiguredBlock } from '../configure.ts'
import type { Metrics } from '../metrics.ts'
import type { CacheView } from '../sidecar/admin-source.ts'
import type { StartWorker } from './channel.ts'
import { addUp, withoutGauges } from './merge-metrics.ts'
import type { FamilySnapshot, FilterText, ServeRequest, WorkerPlace } from './protocol.ts'
import { WorkerProcess } from './worker-process.ts'

/** What of a generation several processes answer for. */
export interface Spread {
  readonly blocks: readonly Pick<ConfiguredBlock, 'source' | 'spreadable'>[]
  readonly places: readonly SpreadPlace[]
}

export interface SpreadPlace extends WorkerPlace {
  /** This one included; 0 for one per processor. */
  readonly processCount: number
}

export interface WorkersOptions {
  readonly start: StartWorker
  readonly clock: Clock
  readonly log: Logger
  readonly processorCount: number
  /** Counts those that ended by themselves. */
  readonly metrics: Metrics
}

/** How long a worker may take for what somebody waits for. */
const ASK_TIMEOUT_MS = 1000
/** How long a reload waits until all answer by the new configuration. */
const FOLLOW_TIMEOUT_MS = 5000
const END_TIMEOUT_MS = 6000

export class Workers {
  readonly #options: WorkersOptions
  #workers: Worker[] = []
  /** What workers counted that are gone. */
  #departed: FamilySnapshot[] = []

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** Process IDs of those that run. */
  get pids(): number[] {
    return this.#workers.flatMap(({ process: { pid } }) => pid ?? [])
  }

  /** Has as many processes as are asked for, and all answer by this; logs what goes wrong. */
  async follow(spread: Spread): Promise<void> {
    const places = spread.places.map(({ processCount, ...place }) => ({
      ...place,
      processCount: processCount || this.#options.processorCount,
    }))
    const count = Math.max(1, ...places.map(({ processCount }) => processCount)) - 1
    const surplus = this.#workers.splice(count)
    while (this.#workers.length < count) this.#workers.push(this.#open())
    if (count > 0) this.#options.metrics.counter(...endedMetric)
    const text = textOf(spread)
    const work = this.#workers.map(({ process }, i) =>
      process.serve({ kind: 'serve', text, places: placesOf(places, i + 2) }),
    )
    work.push(...surplus.map(({ process }) => process.end(END_TIMEOUT_MS)))
    await this.#within(FOLLOW_TIMEOUT_MS, Promise.all(work))
  }

  /** What they count, and those before them did; of one that does not answer, what it last said. */
  async metrics(): Promise<(readonly FamilySnapshot[])[]> {
    const answers = this.#workers.map(async (worker) => {
      const answer = worker.process.ask({ kind: 'metrics' }, ASK_TIMEOUT_MS)
      worker.counted =
        ((await answer.catch(() => undefined)) as typeof worker.counted) ?? worker.counted
      return worker.counted
    })
    return [this.#departed, ...(await Promise.all(answers))]
  }

  /** Their caches, as they are seen from outside. */
  async caches(filter: CacheFilter, limit: number): Promise<CacheView[]> {
    const answers = await this.#askAll({ kind: 'caches', filter: filterText(filter), limit })
    return answers.flat() as CacheView[]
  }

  /** Has them forget; resolves with how many entries. */
  async flush(filter: CacheFilter): Promise<number> {
    const answers = await this.#askAll({ kind: 'flush', filter: filterText(filter) })
    return answers.reduce((sum: number, count) => sum + Number(count), 0)
  }

  /** Ends them when they have answered what arrived. */
  async end(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map(({ process }) => process.end(END_TIMEOUT_MS)))
  }

  #open(): Worker {
    const { start, clock, log } = this.#options
    const number = this.#workers.length + 2
    // It may end before there is anything to bury.
    let worker: Worker | undefined
    const onEnd = (): void => {
      if (worker !== undefined) this.#bury(worker)
    }
    worker = { process: new WorkerProcess({ start, clock, log, number, onEnd }), counted: [] }
    return worker
  }

  #bury(worker: Worker): void {
    // One that was told to end is none of these any more.
    if (this.#workers.includes(worker)) this.#options.metrics.counter(...endedMetric).add()
    const counted = withoutGauges(worker.counted)
    worker.counted = []
    this.#departed = addUp([], [this.#departed, counted]).map(({ series, ...family }) => ({
      ...family,
      series: [...series.values()],
    }))
  }

  async #askAll(request: Parameters<WorkerProcess['ask']>[0]): Promise<unknown[]> {
    const answers = this.#workers.map(({ process }) => process.ask(request, ASK_TIMEOUT_MS))
    const settled = await Promise.allSettled(answers)
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, resolve)
      void work.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}

const endedMetric = [
  'fingerpost_worker_ended_total',
  'Further processes that ended by themselves; each was started again.',
] as const

interface Worker {
  readonly process: WorkerProcess
  /** As it last said. */
  counted: readonly FamilySnapshot[]
}

function textOf({ blocks }: Spread): string {
  const sources = blocks.map(({ source, spreadable = [] }) => ({
    ...source,
    directives: spreadable,
  }))
  return formatCorefile({ blocks: sources })
}

function placesOf(places: readonly SpreadPlace[], number: number): ServeRequest['places'] {
  return places
    .filter(({ processCount }) => processCount >= number)
    .map(({ label, port }) => ({ label, port }))
}

function filterText({ name, isSubtree, type }: CacheFilter): FilterText {
  return { name: name?.toString(), isSubtree, type }
}
