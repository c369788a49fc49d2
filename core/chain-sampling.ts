/**
 * A second chain of the same plugins that notes what each of them does and how long it takes. A
 * server gives it one query of many, so that the others pay a subtraction for it.
 */

import { type Clock, type Handler, Message, type Next, type Query } from '@fingerpost/sdk'
import { foldChain, type Link, type OnPanic } from './chain.ts'
import type { Metrics } from './metrics.ts'

/**
 * One query of so many is measured. A prime, so that clients which ask the same names in turns
 * don't always have the same one measured.
 */
export const SAMPLE_INTERVAL = 1021

/** What a plugin did with a query; the last one with a response on its way back. */
export type Outcome = 'answered' | 'passed' | 'dropped' | 'failed' | 'patched'

/** What is done with a measurement. The time is the plugin's own, without the rest of the chain. */
export type OnStep = (query: Query, plugin: string, outcome: Outcome, durationMs: number) => void

/**
 * Folds the chain as `foldChain` does, and has `onStep` told of each plugin that a query meets.
 * A response that a plugin of the chain waits for is told of when it is there.
 */
export function foldSampledChain(
  links: readonly Link[],
  onPanic: OnPanic,
  clock: Clock,
  onStep: OnStep,
): Next | undefined {
  const sampled = links.map(({ name, handler }) => ({
    name,
    handler: new SampledHandler(name, handler, clock, onStep).handler,
  }))
  return foldChain(sampled, onPanic)
}

/** Puts measurements into `fingerpost_plugin_duration_seconds`, whose count gives the outcomes. */
export function recordSteps(metrics: Metrics): OnStep {
  const durations = metrics.histogram(
    'fingerpost_plugin_duration_seconds',
    `Time that plugins took themselves, for one query of ${SAMPLE_INTERVAL}.`,
    DURATION_BOUNDS,
    ['server', 'plugin', 'outcome'],
  )
  return ({ listener }, plugin, outcome, durationMs) => {
    durations.labels(listener.label, plugin, outcome).observe(durationMs / 1000)
  }
}

// From 1 µs to 4.2 s: plugins that only look take a few microseconds, upstreams take seconds.
const DURATION_BOUNDS = Array.from({ length: 12 }, (_, i) => 1e-6 * 4 ** i)

class SampledHandler {
  readonly handler: Handler
  readonly #name: string
  readonly #inner: Handler
  readonly #clock: Clock
  readonly #onStep: OnStep

  constructor(name: string, inner: Handler, clock: Clock, onStep: OnStep) {
    this.#name = name
    this.#inner = inner
    this.#clock = clock
    this.#onStep = onStep
    this.handler = {
      ...(inner.refusesAtEnd && { refusesAtEnd: true }),
      ...(inner.onQuery && { onQuery: (query, next) => this.#onQuery(query, next) }),
      ...(inner.onResponse && {
        onResponse: (query, response) => this.#onResponse(query, response),
      }),
    }
  }

  #onQuery(query: Query, next: Next): ReturnType<NonNullable<Handler['onQuery']>> {
    const rest = new RestOfChain(next, this.#clock)
    const startMs = this.#clock.now()
    const done = (outcome: Outcome): void => {
      // Questions asked at the same time may add up to more than the time that has passed.
      const durationMs = this.#clock.now() - startMs - rest.elapsedMs
      this.#onStep(query, this.#name, outcome, Math.max(durationMs, 0))
    }
    try {
      const answer = this.#inner.onQuery?.(query, rest.next)
      if (answer === undefined || answer instanceof Message) {
        done(rest.outcomeOf(answer))
        return answer
      }
      return answer.then(
        (message) => {
          done(rest.outcomeOf(message))
          return message
        },
        (error: unknown) => {
          done('failed')
          throw error
        },
      )
    } catch (error) {
      done('failed')
      throw error
    }
  }

  #onResponse(query: Query, response: Message): Message {
    const startMs = this.#clock.now()
    const done = (outcome: Outcome): void => {
      this.#onStep(query, this.#name, outcome, this.#clock.now() - startMs)
    }
    try {
      const patched = this.#inner.onResponse?.(query, response) ?? response
      done('patched')
      return patched
    } catch (error) {
      done('failed')
      throw error
    }
  }
}

/** The rest of the chain as one plugin calls it: how long that took and what it said. */
class RestOfChain {
  readonly next: Next
  elapsedMs = 0
  #response: Message | undefined

  constructor(next: Next, clock: Clock) {
    this.next = (query) => {
      const startMs = clock.now()
      const end = (message: Message): Message => {
        this.elapsedMs += clock.now() - startMs
        this.#response = message
        return message
      }
      const response = next(query)
      return response instanceof Message ? end(response) : response.then(end)
    }
  }

  /** Who gives what the rest of the chain said only looked on. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that just returns passes.
  outcomeOf(answer: Message | undefined | void): Outcome {
    if (answer === undefined || answer === this.#response) return 'passed'
    if (answer.isDropped) return 'dropped'
    return answer.isLocalFailure && answer.cause !== undefined ? 'failed' : 'answered'
  }
}
