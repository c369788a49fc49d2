/**
 * Keeps a third-party plugin from doing harm to the server: time limits, faults that are caught and
 * told with the plugin's file, answers that are none. What only an operating system could stop is
 * not stopped: a plugin that never gives the processor back holds the whole server.
 */

import {
  type Clock,
  type Counter,
  DnsError,
  formatDuration,
  type Handler,
  type Host,
  Message,
  type Next,
  type Plugin,
  type Query,
  Rcode,
} from '@fingerpost/sdk'
import { isForUser, pluginFault, stackOf } from './loader/plugin-fault.ts'

/** What a guarded plugin is held to. */
export interface GuardOptions {
  /** The plugin's file, for messages. */
  readonly path: string
  /** How long it may take for one query, without the time that the rest of the chain takes. */
  readonly timeoutMs: number
  /** How long it may take to set up, and to shut down; 30 s by default. */
  readonly lifeTimeoutMs?: number
}

/** The same plugin, guarded: its instances are, and so is its setup. */
export function guardPlugin(plugin: Plugin, options: GuardOptions): Plugin {
  const origin = { name: plugin.name, path: options.path }
  const lifeTimeoutMs = options.lifeTimeoutMs ?? LIFE_TIMEOUT_MS
  return {
    ...plugin,
    ...(plugin.traits && {
      traits(values) {
        try {
          return plugin.traits?.(values) ?? {}
        } catch {
          // They only serve warnings.
          return {}
        }
      },
    }),
    async setup(values, host) {
      const { at } = host.block
      const made = Promise.resolve().then(() => plugin.setup(values, guardHost(host)))
      let handler: Handler
      try {
        handler = await within(made, lifeTimeoutMs, host.clock)
      } catch (error) {
        // A late instance would keep its timers and sockets.
        if (error instanceof LateError) void made.then((late) => late?.shutdown?.()).catch(noop)
        if (isForUser(error)) throw error
        throw pluginFault(origin, 'failed when it was set up', error, at)
      }
      if (handler === null || typeof handler !== 'object') {
        const error = new TypeError('setup must return an object with onQuery, onResponse, …')
        throw pluginFault(origin, 'failed when it was set up', error, at)
      }
      return guardHandler(handler, host, { ...options, lifeTimeoutMs })
    },
  }
}

/** The same instance, guarded. */
export function guardHandler(handler: Handler, host: Host, options: GuardOptions): Handler {
  const timeouts = host
    .counter('fingerpost_plugin_timeouts_total', 'Queries that a plugin took too long for.', [
      'plugin',
    ])
    .labels(host.plugin)
  const limits: Limits = { host, timeouts, timeoutMs: options.timeoutMs }
  const told = (part: string, error: unknown): void =>
    host.log.error(`${part} failed (${options.path}): ${stackOf(error)}`)
  return {
    ...(handler.onQuery && { onQuery: guardOnQuery(handler, limits) }),
    ...(handler.onResponse && {
      onResponse: (query, response) =>
        messageOf(handler.onResponse?.(query, response), host) ?? response,
    }),
    ...(handler.accepts && { accepts: (query) => handler.accepts?.(query) !== false }),
    ...(handler.offers && { offers: handler.offers }),
    ...(handler.cache && { cache: handler.cache }),
    ...(handler.warmUp && {
      warmUp: () =>
        within(
          Promise.resolve().then(() => handler.warmUp?.()),
          options.lifeTimeoutMs ?? LIFE_TIMEOUT_MS,
          host.clock,
        ),
    }),
    ...(handler.mayBecomeUnready && { mayBecomeUnready: true }),
    ...(handler.started && { started: () => handler.started?.() }),
    ...(handler.ready && {
      ready() {
        try {
          return handler.ready?.() !== false
        } catch (error) {
          told('ready', error)
          return false
        }
      },
    }),
    ...(handler.handover && {
      handover() {
        try {
          return handler.handover?.()
        } catch (error) {
          // The next instance starts from nothing, which is better than not at all.
          told('handover', error)
          return undefined
        }
      },
    }),
    ...(handler.shutdown && {
      shutdown: () =>
        within(
          Promise.resolve().then(() => handler.shutdown?.()),
          options.lifeTimeoutMs ?? LIFE_TIMEOUT_MS,
          host.clock,
        ),
    }),
  }
}

const LIFE_TIMEOUT_MS = 30_000
const noop = (): void => {}

interface Limits {
  readonly host: Host
  readonly timeouts: Counter
  readonly timeoutMs: number
}

function guardOnQuery(handler: Handler, limits: Limits): NonNullable<Handler['onQuery']> {
  const { host } = limits
  return (query, next) => {
    // Most plugins answer at once or pass; what follows is only for those that make a promise.
    let turn: Turn | undefined
    const ownNext: Next = (passed) => {
      turn ??= new Turn(query, limits)
      return turn.next(passed, next)
    }
    const answer: unknown = handler.onQuery?.(query, ownNext)
    if (!isThenable(answer)) return messageOf(answer, host)
    turn ??= new Turn(query, limits)
    return turn.wait(answer)
  }
}

/** One query at a plugin that does not answer at once. */
class Turn {
  readonly #query: Query
  readonly #limits: Limits
  #outstanding = 0
  #isOver = false
  #timer: ReturnType<Clock['after']> | undefined
  #expire: (() => void) | undefined

  constructor(query: Query, limits: Limits) {
    this.#query = query
    this.#limits = limits
  }

  /** The rest of the chain: the plugin's time stands still meanwhile. */
  next(query: Query, next: Next): Message | Promise<Message> {
    if (this.#isOver) return query.reply({ rcode: Rcode.SERVFAIL })
    const response = next(query)
    if (response instanceof Message) return response
    this.#outstanding++
    this.#timer?.cancel()
    return response.then((message) => {
      this.#outstanding--
      this.#start()
      return message
    })
  }

  wait(answer: PromiseLike<unknown>): Promise<Message | undefined> {
    const { host } = this.#limits
    return new Promise((resolve, reject) => {
      this.#expire = () => {
        this.#isOver = true
        reject(this.#tooLate())
      }
      this.#start()
      const settle = (run: () => void): void => {
        this.#isOver = true
        this.#timer?.cancel()
        run()
      }
      answer.then(
        (value) =>
          settle(() => {
            try {
              resolve(messageOf(value, host))
            } catch (error) {
              reject(error)
            }
          }),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  #start(): void {
    const { host, timeoutMs } = this.#limits
    if (this.#expire === undefined || this.#isOver || this.#outstanding > 0) return
    if (timeoutMs === Number.POSITIVE_INFINITY) return
    this.#timer?.cancel()
    this.#timer = host.clock.after(timeoutMs, this.#expire)
  }

  #tooLate(): DnsError {
    const { host, timeouts, timeoutMs } = this.#limits
    timeouts.add()
    const message = `plugin/${host.plugin}: no answer to ${this.#query} within`
    return new DnsError('plugin-failed', `${message} ${formatDuration(timeoutMs)}`)
  }
}

/** What a plugin answered, if it is an answer at all. */
function messageOf(answer: unknown, host: Host): Message | undefined {
  if (answer === undefined || answer instanceof Message) return answer
  const kind = answer === null ? 'null' : typeof answer
  const name = (answer as { constructor?: { name?: string } } | null)?.constructor?.name
  const hint =
    name === 'Message' ? ": a Message of another copy of '@fingerpost/sdk'" : `, not a Message`
  throw new TypeError(`plugin/${host.plugin} answered with ${name ?? kind}${hint}`)
}

const isThenable = (answer: unknown): answer is PromiseLike<unknown> =>
  answer !== null &&
  typeof answer === 'object' &&
  typeof (answer as { then?: unknown }).then === 'function'

/** The host with timers whose faults are told instead of ending the process. */
function guardHost(host: Host): Host {
  const caught = (run: () => void) => () => {
    const told = (error: unknown): void => host.log.error(`a timer failed: ${stackOf(error)}`)
    try {
      const result: unknown = run()
      if (isThenable(result)) result.then(undefined, told)
    } catch (error) {
      told(error)
    }
  }
  const clock: Clock = {
    now: () => host.clock.now(),
    wallNow: () => host.clock.wallNow(),
    after: (delayMs, run) => host.clock.after(delayMs, caught(run)),
    every: (intervalMs, run) => host.clock.every(intervalMs, caught(run)),
  }
  return new Proxy(host, {
    get(target, key) {
      if (key === 'clock') return clock
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** @throws LateError when `work` has not settled in time */
async function within<T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T> {
  let timer: ReturnType<Clock['after']> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(limitMs, () =>
      reject(new LateError(`not done within ${formatDuration(limitMs)}`)),
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer?.cancel()
  }
}

class LateError extends Error {
  override readonly name = 'LateError'
}
