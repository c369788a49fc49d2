import {
  DnsError,
  type Handler,
  type Host,
  type Message,
  type Next,
  type Query,
} from '@fingerpost/sdk'
import { configErrorsOf, type FakeHost, fakeHost, makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { guardHandler, guardPlugin } from './plugin-guard.ts'

const query = makeQuery('example.org', 'A')
const never = new Promise<never>(() => {})
const passOn: Next = (passed) => passed.reply()
const limits = { path: '/plugins/x.ts', timeoutMs: 4000 }

const guarded = (handler: Handler, host: FakeHost): Handler => guardHandler(handler, host, limits)
const timeouts = (host: FakeHost): number =>
  host.metrics.value('fingerpost_plugin_timeouts_total', { plugin: 'test' })

/** What a promise has come to by now. */
async function stateOf(work: unknown, host: FakeHost): Promise<string> {
  let state = 'waiting'
  void Promise.resolve(work).then(
    () => {
      state = 'done'
    },
    (error: unknown) => {
      state = error instanceof DnsError ? error.code : String(error)
    },
  )
  await host.clock.settle()
  return state
}

describe('a guarded query', () => {
  it('is answered or passed without a promise, as by the plugin itself', () => {
    const host = fakeHost()
    const reply = query.reply()
    const answers = guarded({ onQuery: () => reply }, host)
    expect(answers.onQuery?.(query, passOn)).toBe(reply)
    expect(guarded({ onQuery: () => undefined }, host).onQuery?.(query, passOn)).toBeUndefined()
    expect(guarded({}, host).onQuery).toBeUndefined()
    expect(host.clock.openTimers).toBe(0)
  })

  it('fails when the plugin does not answer in time, and is counted', async () => {
    const host = fakeHost()
    const answer = guarded({ onQuery: () => never }, host).onQuery?.(query, passOn)
    await host.clock.advance(3999)
    expect(await stateOf(answer, host)).toBe('waiting')
    void Promise.resolve(answer).catch(() => {})
    await host.clock.advance(1)
    expect(await stateOf(answer, host)).toBe('plugin-failed')
    expect(timeouts(host)).toBe(1)
    expect(host.clock.openTimers).toBe(0)
  })

  it('leaves no timer and no fault behind when it is answered, or fails, by itself', async () => {
    const host = fakeHost()
    const one = guarded({ onQuery: async () => query.reply() }, host).onQuery?.(query, passOn)
    expect(await stateOf(one, host)).toBe('done')
    const two = guarded({ onQuery: () => Promise.reject(new Error('own')) }, host)
    expect(await stateOf(two.onQuery?.(query, passOn), host)).toBe('Error: own')
    expect(host.clock.openTimers).toBe(0)
    expect(timeouts(host)).toBe(0)
  })

  it('does not count the time that the rest of the chain takes', async () => {
    const host = fakeHost()
    let finish: (message: Message) => void = () => {}
    const slow: Next = () =>
      new Promise((resolve) => {
        finish = resolve
      })
    const handler: Handler = {
      onQuery: async (asked, next) => {
        await next(asked)
        return never
      },
    }
    const answer = guarded(handler, host).onQuery?.(query, slow)
    void Promise.resolve(answer).catch(() => {})
    await host.clock.advance(60_000)
    expect(await stateOf(answer, host)).toBe('waiting')
    finish(query.reply())
    await host.clock.advance(3999)
    expect(await stateOf(answer, host)).toBe('waiting')
    await host.clock.advance(1)
    expect(await stateOf(answer, host)).toBe('plugin-failed')
  })

  it('asks nobody any more once it is over', async () => {
    const host = fakeHost()
    let late: Next = passOn
    const answer = guarded(
      {
        onQuery(_, next) {
          late = next
          return never
        },
      },
      host,
    ).onQuery?.(query, () => {
      throw new Error('asked')
    })
    void Promise.resolve(answer).catch(() => {})
    await host.clock.advance(4000)
    expect((late(query) as Message).rcode).toBe(2)
  })

  it.each([
    ['null', null],
    ['a text', 'NXDOMAIN'],
    ['an object', { rcode: 0 }],
  ])('fails when the answer is %s', async (_, answer) => {
    const host = fakeHost()
    const direct = guarded({ onQuery: () => answer as never }, host)
    expect(() => direct.onQuery?.(query, passOn)).toThrow(/not a Message/)
    const later = guarded({ onQuery: async () => answer as never }, host)
    expect(await stateOf(later.onQuery?.(query, passOn), host)).toMatch(/not a Message/)
    const patch = guarded({ onResponse: () => answer as never }, host)
    expect(() => patch.onResponse?.(query, query.reply())).toThrow(/not a Message/)
  })

  it('knows a message of another copy of the SDK', () => {
    class Message {}
    const handler = guarded({ onQuery: () => new Message() as never }, fakeHost())
    expect(() => handler.onQuery?.(query, passOn)).toThrow(/another copy/)
  })
})

describe('a guarded instance', () => {
  it('is not ready, and hands nothing over, where it throws', () => {
    const host = fakeHost()
    const fail = (): never => {
      throw new Error('no')
    }
    const handler = guarded({ ready: fail, handover: fail }, host)
    expect(handler.ready?.()).toBe(false)
    expect(handler.handover?.()).toBeUndefined()
    expect(host.log.lines.join('\n')).toMatch(/handover failed \(\/plugins\/x\.ts\): Error: no/)
  })

  it('does not hold up the end', async () => {
    const host = fakeHost()
    const end = guarded({ shutdown: () => never }, host).shutdown?.()
    void Promise.resolve(end).catch(() => {})
    await host.clock.advance(30_000)
    expect(await stateOf(end, host)).toMatch(/not done within 30s/)
  })
})

describe('a guarded setup', () => {
  const setUp = (setup: (host: Host) => unknown, host = fakeHost()): Promise<Handler> => {
    const plugin = {
      name: 'test',
      options: undefined as never,
      setup: (_: unknown, h: Host) => setup(h),
    }
    return Promise.resolve(guardPlugin(plugin as never, limits).setup(undefined as never, host))
  }

  it('has a time limit, and ends an instance that comes too late', async () => {
    const host = fakeHost()
    let finish: (handler: Handler) => void = () => {}
    let isEnded = false
    const errors = configErrorsOf(() =>
      setUp(
        () =>
          new Promise((resolve) => {
            finish = resolve
          }),
        host,
      ),
    )
    await host.clock.advance(30_000)
    expect((await errors)[0]?.message).toMatch(/\/plugins\/x\.ts.*not done within 30s/)
    finish({
      shutdown() {
        isEnded = true
      },
    })
    await host.clock.settle()
    expect(isEnded).toBe(true)
  })

  it('refuses what is no instance', async () => {
    const errors = await configErrorsOf(() => setUp(() => undefined))
    expect(errors[0]?.message).toMatch(/setup must return an object/)
  })

  it('gives timers whose faults are told and end nothing', async () => {
    const host = fakeHost()
    await setUp((own) => {
      own.clock.after(10, () => {
        throw new Error('late fault')
      })
      own.clock.every(10, (async () => {
        throw new Error('later fault')
      }) as () => void)
      return {}
    }, host)
    await host.clock.advance(10)
    expect(host.log.lines.join('\n')).toMatch(/a timer failed: Error: late fault/)
    expect(host.log.lines.join('\n')).toMatch(/a timer failed: Error: later fault/)
  })

  it('gives the whole host', async () => {
    const host = fakeHost()
    let isWhole = false
    await setUp((own: Host) => {
      own.counter('x_total', 'X.').add()
      isWhole = own.block === host.block && own.clock.wallNow() === host.clock.wallNow()
      return { onQuery: (asked: Query) => asked.reply() }
    }, host)
    expect(isWhole).toBe(true)
  })
})
