import { DnsError, type Message, type Query, Rcode } from '@fingerpost/sdk'
import {
  configErrorsOf,
  expectError,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import errors from './index.ts'

const failWith = (reason: string) => (): Message => {
  throw new DnsError('upstream-timeout', reason)
}

async function start(corefile: string) {
  const host = fakeHost({ plugin: 'errors' })
  const loaded = await loadPlugin(errors, corefile, { host })
  const fail = async (reason: string, times = 1): Promise<void> => {
    loaded.next = failWith(reason)
    for (let i = 0; i < times; i++) await loaded.ask('x.org', 'A')
  }
  return { loaded, fail, clock: host.clock, lines: host.log.lines }
}

describe('errors', () => {
  testPlugin(
    errors,
    'errors',
    [
      {
        name: 'leaves responses as they are',
        query: 'example.org A',
        next: { rcode: 'NXDOMAIN', flags: 'aa' },
        expect: { rcode: 'NXDOMAIN', flags: 'aa rd', passed: true },
      },
      {
        name: 'leaves failures as they are',
        query: 'example.org A',
        next: failWith('i/o timeout'),
        expect: { rcode: 'SERVFAIL', cause: 'i/o timeout', passed: true },
      },
    ],
    { it },
  )

  it("logs RCODE, name in lower case, type and reason in CoreDNS's shape", async () => {
    const { loaded, lines } = await start('errors stdout')
    loaded.next = failWith('read udp 192.0.2.1:53: i/o timeout')
    await loaded.ask('X.Org', 'A')
    loaded.next = () => {
      throw new DnsError('refused', 'not for you', { rcode: Rcode.REFUSED })
    }
    await loaded.ask('x.org', 65_280)
    expect(lines).toEqual([
      '[ERROR] plugin/errors: 2 x.org. A: read udp 192.0.2.1:53: i/o timeout',
      '[ERROR] plugin/errors: 5 x.org. TYPE65280: not for you',
    ])
  })

  it('logs a failure that came later, and reasons that are no errors', async () => {
    const { loaded, lines } = await start('errors')
    loaded.next = async (query: Query) => {
      await undefined
      return query.reply({ rcode: Rcode.SERVFAIL, cause: 'for no reason' })
    }
    await loaded.ask('x.org', 'A')
    expect(lines).toEqual(['[ERROR] plugin/errors: 2 x.org. A: for no reason'])
  })

  it('says nothing of failures that are answers, nor of queries that are dropped', async () => {
    const { loaded, lines } = await start('errors')
    loaded.next = (query) => query.reply({ rcode: Rcode.SERVFAIL })
    await loaded.ask('x.org', 'A')
    loaded.next = (query) => query.drop()
    await loaded.ask('x.org', 'A')
    expect(lines).toEqual([])
  })

  it('answers at once what is answered at once', async () => {
    const { loaded } = await start('errors')
    loaded.next = (query) => query.reply()
    expect(loaded.run(makeQuery('x.org', 'A'))).not.toBeInstanceOf(Promise)
  })

  lifeCycleSuite(errors, 'errors {\n consolidate 5m timeout\n}', {
    it,
    next: failWith('i/o timeout'),
    bad: { corefile: 'errors {\n consolidate 5m ".*" loud\n}', at: 'loud' },
  })
})

describe('consolidate', () => {
  it('counts what matches and says so once per period, beginning with the first', async () => {
    const { fail, clock, lines } = await start(
      'errors {\n consolidate 5m "^read .* i/o timeout$"\n}',
    )
    await fail('read udp: i/o timeout', 3)
    await clock.advance(299_999)
    expect(lines).toEqual([])
    await clock.advance(1)
    const summary =
      "[ERROR] plugin/errors: 3 errors like '^read .* i/o timeout$' occurred in last 5m0s"
    expect(lines).toEqual([summary])
    await clock.advance(600_000)
    expect(lines).toHaveLength(1)
    await fail('read tcp: i/o timeout')
    await clock.advance(300_000)
    expect(lines.at(-1)).toBe(summary.replace('3 errors', '1 errors'))
  })

  it('logs what does not match at once', async () => {
    const { fail, lines } = await start('errors {\n consolidate 5m timeout\n}')
    await fail('connection refused')
    expect(lines).toEqual(['[ERROR] plugin/errors: 2 x.org. A: connection refused'])
  })

  it('matches the reason alone, and takes the first rule that does', async () => {
    const { fail, clock, lines } = await start(
      'errors {\n consolidate 1s "x.org" warning\n consolidate 1s "out" info\n consolidate 1s time\n}',
    )
    await fail('timeout', 2)
    await clock.advance(1000)
    expect(lines).toEqual(["[INFO] plugin/errors: 2 errors like 'out' occurred in last 1s"])
  })

  it('shows the first with show_first, at the level, and sums up only if there were more', async () => {
    const { fail, clock, lines } = await start(
      'errors {\n consolidate 90s out warning show_first\n}',
    )
    await fail('timeout')
    expect(lines).toEqual(['[WARNING] plugin/errors: 2 x.org. A: timeout'])
    await clock.advance(90_000)
    expect(lines).toHaveLength(1)
    await fail('timeout', 3)
    await clock.advance(90_000)
    expect(lines.slice(1)).toEqual([
      '[WARNING] plugin/errors: 2 x.org. A: timeout',
      "[WARNING] plugin/errors: 3 errors like 'out' occurred in last 1m30s",
    ])
  })

  it('sums up at the shutdown, and logs what fails after it', async () => {
    const { loaded, fail, clock, lines } = await start('errors {\n consolidate 1h out\n}')
    await fail('timeout', 2)
    await loaded.shutdown()
    expect(clock.openTimers).toBe(0)
    await fail('timeout')
    expect(lines).toEqual([
      "[ERROR] plugin/errors: 2 errors like 'out' occurred in last 1h0m0s",
      '[ERROR] plugin/errors: 2 x.org. A: timeout',
    ])
    expect(clock.openTimers).toBe(0)
  })

  it.each([
    ['500ms', '500ms'],
    ['1s', '1s'],
    ['1500ms', '1.5s'],
    ['60s', '1m0s'],
    ['3661s', '1h1m1s'],
  ])('writes a period of %s as %s', async (period, text) => {
    const { fail, clock, lines } = await start(`errors {\n consolidate ${period} out debug\n}`)
    await fail('timeout')
    await clock.advance(4_000_000)
    expect(lines).toEqual([`[DEBUG] plugin/errors: 1 errors like 'out' occurred in last ${text}`])
  })

  it('names every pattern that is none, at its word', async () => {
    const found = await configErrorsOf(() =>
      loadPlugin(errors, `errors {\n consolidate 1s (\n consolidate 1s ${'x'.repeat(10_001)}\n}`),
    )
    expect(found).toHaveLength(2)
    expectError(found, { error: /not a regular expression/, at: '(' })
    expectError(found, { error: /too long/ })
  })
})

describe('options of errors', () => {
  const inBlock = (...lines: string[]): string => `errors {\n${lines.join('\n')}\n}`
  testOptions(
    errors,
    [
      { text: 'errors' },
      { text: 'errors stdout' },
      { text: 'errors stderr', error: /stdout/, at: 'stderr' },
      { text: 'errors stdout more', error: /./, at: 'more' },
      { text: inBlock('stacktrace'), options: { block: { stacktrace: true } } },
      { text: inBlock('nosuch'), error: /no option/, at: 'nosuch' },
      { text: inBlock('consolidate 5m ".*" warning show_first') },
      { text: inBlock('consolidate 5m ".*" show_first') },
      { text: inBlock('consolidate 5m ".*" loud'), error: /./, at: 'loud' },
      {
        text: inBlock('consolidate 5m ".*" show_first info'),
        error: /before show_first/,
        at: 'info',
      },
      { text: inBlock('consolidate 5m ".*" error info'), error: /only one level/, at: 'info' },
      { text: inBlock('consolidate 5m'), error: /./, at: 'consolidate' },
      { text: inBlock('consolidate 0 out'), error: /at least 1ms/, at: '0' },
      { text: inBlock('consolidate often out'), error: /duration/, at: 'often' },
      { text: 'errors\nerrors', error: /once per Server Block/, at: 'errors' },
    ],
    { it },
  )
})
