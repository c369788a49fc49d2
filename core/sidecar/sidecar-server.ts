/**
 * The HTTP listeners that *health*, *ready*, *prometheus* and *pprof* ask for. Those that stay are handed
 * from generation to generation without being closed (DESIGN D6 and section 6).
 */

import {
  type Clock,
  ConfigError,
  ConfigErrors,
  type Endpoint,
  formatAddressWithPort,
  formatDuration,
  type Timer,
} from '@fingerpost/sdk'
import { errorCode } from '../listen/listen-error.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { EndpointSource } from './admin-source.ts'
import { endpointApp } from './endpoint-app.ts'
import { startHealthProbe } from './health-probe.ts'
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts'
import { type HttpFetch, HttpListener, type HttpPlace, normaliseAddress } from './http-listener.ts'
import { Readiness } from './readiness.ts'

/** What the sidecar needs of the process. */
export interface SidecarParts {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'counter' | 'histogram'>
  readonly source: EndpointSource
  readonly limits?: Partial<HttpLimits>
  /** Whether other processes may have the same ports: a server and its successor. */
  readonly sharesPorts?: boolean
}

/** Endpoints whose listeners are open, ready to take the place of those that are served. */
export interface EndpointChange {
  /** Serves the endpoints from now on, and closes what is not among them; never rejects. */
  commit(): Promise<void>
  /** Leaves everything as it was before. */
  abort(): Promise<void>
}

/** All endpoints of the process. */
export class SidecarServer {
  readonly #parts: SidecarParts
  readonly #limits: HttpLimits
  #open = new Map<string, OpenEndpoint>()
  #endpoints: readonly Endpoint[] = []
  #readiness: Readiness
  #isEnding = false

  constructor(parts: SidecarParts) {
    this.#parts = parts
    this.#limits = { ...defaultHttpLimits, ...parts.limits }
    this.#readiness = this.#makeReadiness(false)
  }

  /** What is listened on, for people and for tests. */
  get places(): HttpPlace[] {
    return [...this.#open.values()].map(({ address, listener: { port } }) => ({ address, port }))
  }

  /** Whether {@link lameduck} or {@link close} was called. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** What *ready* waits for, in the mode of the configuration; for the admin address. */
  get readiness(): Readiness {
    return this.#readiness
  }

  /**
   * Opens the listeners that are not open yet; nothing is served on them before `commit`. One
   * call at a time, and each is committed or aborted before the next.
   * @throws ConfigErrors when some can't be opened; everything is as before then
   */
  async prepare(endpoints: readonly Endpoint[]): Promise<EndpointChange> {
    const wanted = groupByPlace(endpoints)
    const fresh = new Map<string, OpenEndpoint>()
    const paused: HttpListener[] = []
    const abort = async (): Promise<void> => {
      await Promise.all([...fresh.values()].map(({ listener }) => listener.close()))
      for (const listener of paused) await this.#takeBack(listener)
    }
    const errors: ConfigError[] = []
    for (const [key, [first]] of wanted) {
      if (first === undefined || this.#open.has(key)) continue
      try {
        const leaving = [...this.#open].filter(([other]) => !wanted.has(other))
        fresh.set(key, await this.#openPlace(first, leaving, paused))
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        errors.push(new ConfigError('listen', message, { at: first.at, cause: error }))
      }
    }
    if (errors.length > 0) {
      await abort()
      throw new ConfigErrors(errors)
    }
    return { commit: () => this.#commit(endpoints, wanted, fresh), abort }
  }

  /**
   * Serves these endpoints from now on.
   * @throws ConfigErrors when some can't be opened; everything is as before then
   */
  async reconcile(endpoints: readonly Endpoint[]): Promise<void> {
    const change = await this.prepare(endpoints)
    await change.commit()
  }

  /**
   * Tells those who ask for readiness that the process ends, and resolves when the time to move
   * away that *health* grants is over. Everything is still served then.
   */
  async lameduck(): Promise<void> {
    this.#isEnding = true
    const times = this.#endpoints.map((one) => (one.kind === 'health' ? one.lameduckMs : 0))
    const longestMs = Math.max(0, ...times)
    if (longestMs === 0) return
    const { clock, log } = this.#parts
    log.plugin('health').info(`Going into lameduck mode for ${formatDuration(longestMs)}`)
    await new Promise<void>((resolve) => {
      clock.after(longestMs, resolve)
    })
  }

  /** Closes all listeners. */
  async close(): Promise<void> {
    this.#isEnding = true
    const open = [...this.#open.values()]
    this.#open = new Map()
    await Promise.all(open.map(closeEndpoint))
  }

  async #commit(
    endpoints: readonly Endpoint[],
    wanted: ReadonlyMap<string, readonly Endpoint[]>,
    fresh: ReadonlyMap<string, OpenEndpoint>,
  ): Promise<void> {
    const gone = [...this.#open].filter(([key]) => !wanted.has(key))
    const isContinuous = endpoints.some((one) => one.kind === 'ready' && one.isContinuous)
    this.#endpoints = endpoints
    this.#readiness = this.#makeReadiness(isContinuous)
    for (const [key] of gone) this.#open.delete(key)
    for (const [key, open] of fresh) this.#open.set(key, open)
    for (const [key, group] of wanted) {
      const open = this.#open.get(key)
      if (open !== undefined) this.#serve(open, group)
    }
    await Promise.all(gone.map(([, open]) => closeEndpoint(open)))
  }

  #serve(open: OpenEndpoint, group: readonly Endpoint[]): void {
    const { source, log, clock, metrics } = this.#parts
    const hasHealth = group.some(({ kind }) => kind === 'health')
    const ready = group.filter((one) => one.kind === 'ready')
    const isContinuous = ready.some((one) => one.isContinuous)
    const app = endpointApp({
      hasHealth,
      readiness: ready.length > 0 ? this.#makeReadiness(isContinuous) : undefined,
      hasMetrics: group.some(({ kind }) => kind === 'metrics'),
      hasProfiles: group.some(({ kind }) => kind === 'pprof'),
      source,
      isEnding: () => this.#isEnding,
      log: log.plugin('ready'),
    })
    open.listener.fetch = (request) => app.fetch(request)
    if (hasHealth) {
      const place = { address: open.address, port: open.listener.port }
      open.probe ??= startHealthProbe(place, { clock, metrics, log: log.plugin('health') })
    } else {
      open.probe?.cancel()
      open.probe = undefined
    }
  }

  async #openPlace(
    place: HttpPlace,
    leaving: readonly (readonly [string, OpenEndpoint])[],
    paused: HttpListener[],
  ): Promise<OpenEndpoint> {
    const { address, port } = place
    const { clock, sharesPorts: isShared } = this.#parts
    const open = async (): Promise<OpenEndpoint> => ({
      address,
      listener: await HttpListener.open({ ...place, isShared }, nothingYet, clock, this.#limits),
      probe: undefined,
    })
    try {
      return await open()
    } catch (error) {
      // `:8080` keeps `127.0.0.1:8080` from being opened: the one that goes makes room.
      const rivals = leaving.filter(([, { listener }]) => listener.port === port)
      if (errorCode(error) !== 'EADDRINUSE' || rivals.length === 0) throw error
      for (const [, { listener }] of rivals) {
        listener.pause()
        paused.push(listener)
      }
      return open()
    }
  }

  /** Somebody else may have taken the port: there is nothing to be done but to say so. */
  async #takeBack(listener: HttpListener): Promise<void> {
    try {
      await listener.resume()
    } catch (error) {
      this.#parts.log.core.error(`${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #makeReadiness(isContinuous: boolean): Readiness {
    return new Readiness(this.#parts.source, isContinuous)
  }
}

interface OpenEndpoint {
  readonly address: string
  readonly listener: HttpListener
  probe: Timer | undefined
}

const nothingYet: HttpFetch = () => new Response('not ready yet\n', { status: 503 })

async function closeEndpoint({ listener, probe }: OpenEndpoint): Promise<void> {
  probe?.cancel()
  await listener.close()
}

/** Several endpoints may share an address. */
function groupByPlace(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const groups = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints) {
    const { address, port } = endpoint
    const key = formatAddressWithPort({ host: normaliseAddress(address), port })
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [endpoint])
    else group.push(endpoint)
  }
  return groups
}
