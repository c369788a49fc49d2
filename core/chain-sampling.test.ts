import { type Clock, DnsError, type Handler, Message, type Query } from '@fingerpost/sdk'
import { FakeClock, makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { foldChain } from './chain.ts'
import { foldSampledChain, type OnStep, recordSteps, SAMPLE_INTERVAL } from './chain-sampling.ts'
import { Metrics } from './metrics.ts'

type Step = readonly [plugin: string, outcome: string, durationMs: number]

class World {
  readonly clock = new FakeClock()
  readonly steps: Step[] = []
  readonly panics: string[] = []
  #spentMs = 0

  async ask(handlers: Record<string, Handler>): Promise<Message | undefined> {
    const query = makeQuery('example.org A')
    const links = Object.entries(handlers).map(([name, handler]) => ({ name, handler }))
    const onStep: OnStep = (_, ...step) => this.steps.push(step)
    const onPanic = (_: unknown, plugin: string): void => void this.panics.push(plugin)
    const { clock } = this
    const watch: Clock = {
      now: () => clock.now() + this.#spentMs,
      wallNow: () => clock.wallNow(),
      after: (ms, run) => clock.after(ms, run),
      every: (ms, run) => clock.every(ms, run),
    }
    return foldSampledChain(links, onPanic, watch, onStep)?.(query)
  }

  /** Lets time pass within a plugin that does not wait. */
  spend(ms: number): void {
    this.#spentMs += ms
  }

  later(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve)
    })
  }
}

const answer = (query: Query): Message => query.reply()

describe('foldSampledChain', () => {
  it('tells who passed and who answered, each with its own time', async () => {
    const world = new World()
    const response = await world.ask({
      first: { onQuery: () => world.spend(1) },
      quiet: {},
      second: {
        onQuery(query) {
          world.spend(2)
          return answer(query)
        },
      },
      third: { onQuery: answer },
    })
    expect(world.steps).toEqual([
      ['first', 'passed', 1],
      ['second', 'answered', 2],
    ])
    expect(response?.answeredBy).toBe('second')
  })

  it('tells of patches on the way back', async () => {
    const world = new World()
    await world.ask({
      patch: {
        onResponse(_, response) {
          world.spend(3)
          return response
        },
      },
      last: { onQuery: answer },
    })
    expect(world.steps).toEqual([
      ['last', 'answered', 0],
      ['patch', 'patched', 3],
    ])
  })

  it('takes the rest of the chain out of the time of a plugin that calls it', async () => {
    const world = new World()
    const asked = world.ask({
      owner: {
        async onQuery(query, next) {
          await world.later(5)
          await next(query)
          await world.later(7)
          return answer(query)
        },
      },
      slow: {
        async onQuery(query) {
          await world.later(100)
          return answer(query)
        },
      },
    })
    await world.clock.advance(112)
    await asked
    expect(world.steps).toEqual([
      ['slow', 'answered', 100],
      ['owner', 'answered', 12],
    ])
  })

  it('says of a plugin that only looks on that it passed', async () => {
    const world = new World()
    await world.ask({
      onlooker: { onQuery: (query, next) => next(query) },
      last: { onQuery: answer },
    })
    expect(world.steps.map(([plugin, outcome]) => `${plugin} ${outcome}`)).toEqual([
      'last answered',
      'onlooker passed',
    ])
  })

  it('does not count time twice that several questions took together', async () => {
    const world = new World()
    const asked = world.ask({
      owner: {
        async onQuery(query, next) {
          const [, second] = await Promise.all([next(query), next(query)])
          return second?.isDropped ? undefined : answer(query)
        },
      },
      slow: {
        async onQuery(query) {
          await world.later(10)
          return answer(query)
        },
      },
    })
    await world.clock.advance(10)
    await asked
    expect(world.steps.at(-1)).toEqual(['owner', 'answered', 0])
  })

  it.each<[string, string, Handler]>([
    ['answers with nothing to send', 'dropped', { onQuery: (query) => query.drop() }],
    ['throws', 'failed', { onQuery: () => fail() }],
    ['rejects', 'failed', { onQuery: async () => fail() }],
    ['throws a fault of operation', 'failed', { onQuery: () => failToReach() }],
    ['says that it failed', 'failed', { onQuery: (query) => query.reply({ rcode: 2, cause: 1 }) }],
    ['refuses on purpose', 'answered', { onQuery: (query) => query.reply({ rcode: 5 }) }],
  ])('knows what became of a plugin that %s', async (_, outcome, handler) => {
    const world = new World()
    await world.ask({ one: handler })
    expect(world.steps.map((step) => step[1])).toEqual([outcome])
  })

  it('knows what became of a patch that throws', async () => {
    const world = new World()
    await world.ask({ patch: { onResponse: () => fail() }, last: { onQuery: answer } })
    expect(world.steps.map((step) => step[1])).toEqual(['answered', 'failed'])
    expect(world.panics).toEqual(['patch'])
  })

  it('stays synchronous where the chain is', () => {
    const links = [
      { name: 'owner', handler: { onQuery: (query, next) => next(query) } satisfies Handler },
      { name: 'patch', handler: { onResponse: (_, response) => response } satisfies Handler },
      { name: 'last', handler: { onQuery: answer } satisfies Handler },
    ]
    const chain = foldSampledChain(
      links,
      () => {},
      new FakeClock(),
      () => {},
    )
    expect(chain?.(makeQuery('example.org A'))).toBeInstanceOf(Message)
  })

  it('answers as the chain that is not measured does', async () => {
    const handlers: Record<string, Handler> = {
      ttl: { onResponse: (_, response) => response },
      fails: { onQuery: ({ qtype }) => (qtype === 28 ? fail() : undefined) },
      answers: { onQuery: (query) => (query.qtype === 1 ? answer(query) : undefined) },
    }
    const links = Object.entries(handlers).map(([name, handler]) => ({ name, handler }))
    const plain = foldChain(links, () => {})
    const sampled = foldSampledChain(
      links,
      () => {},
      new FakeClock(),
      () => {},
    )
    for (const type of ['A', 'AAAA', 'MX']) {
      const [left, right] = await Promise.all(
        [plain, sampled].map((chain) => chain?.(makeQuery('example.org', type))),
      )
      expect(right?.wire).toEqual(left?.wire)
      expect(right?.answeredBy).toBe(left?.answeredBy)
      expect(right?.cause === undefined).toBe(left?.cause === undefined)
    }
  })

  it('makes no chain of plugins that have no part in answering', () => {
    const links = [{ name: 'quiet', handler: {} }]
    expect(
      foldSampledChain(
        links,
        () => {},
        new FakeClock(),
        () => {},
      ),
    ).toBeUndefined()
  })
})

describe('recordSteps', () => {
  it('puts measurements into the histogram of the plugin, in seconds', () => {
    const metrics = new Metrics()
    const onStep = recordSteps(metrics)
    const query = makeQuery('example.org A')
    onStep(query, 'cache', 'answered', 0.5)
    onStep(query, 'cache', 'answered', 1.5)
    const name = 'fingerpost_plugin_duration_seconds'
    expect(metrics.value(name, 'dns://:53', 'cache', 'answered')).toBeCloseTo(0.002)
  })
})

describe('SAMPLE_INTERVAL', () => {
  it('is a prime', () => {
    const divisors = Array.from({ length: SAMPLE_INTERVAL - 2 }, (_, i) => i + 2)
    expect(divisors.filter((divisor) => SAMPLE_INTERVAL % divisor === 0)).toEqual([])
  })
})

function fail(): never {
  throw new Error('a mistake in a plugin')
}

function failToReach(): never {
  throw new DnsError('upstream-timeout', 'nobody there')
}
