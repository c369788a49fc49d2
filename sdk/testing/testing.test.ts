import { describe, expect, it } from 'vitest'
import { DnsError } from '../errors.ts'
import { args } from '../options/args.ts'
import { directive } from '../options/directive.ts'
import { optional } from '../options/presence.ts'
import { integer } from '../options/words/number.ts'
import { definePlugin } from '../plugin.ts'
import {
  configErrorsOf,
  expectMessage,
  FakeClock,
  FakeFiles,
  FakeMetrics,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  readDirective,
  replyWith,
  seededRandom,
  testOptions,
  testPlugin,
} from './index.ts'

// Answers names that begin with 'own', drops 'gone', throws for 'bad', counts what passed it.
const sample = definePlugin({
  name: 'sample',
  options: directive({ args: args(optional(integer(1, 9), 3)), block: { ttl: integer(0) } }),
  setup({ args: [size] }, host) {
    const passed = host.counter('passed_total', 'Queries passed on.', ['server'])
    const timer = host.clock.every(1000, () => {})
    let count = (host.inherited as number | undefined) ?? 0
    return {
      onQuery(query) {
        count++
        const name = query.qname.toString()
        if (name.startsWith('own')) return query.reply()
        if (name.startsWith('gone')) return query.drop()
        if (name.startsWith('bad')) throw new DnsError('refused', 'bad name', { rcode: 5 })
        if (name.startsWith('late')) return Promise.reject(new Error('late fault'))
        passed.labels(query.listener.label).add()
        return undefined
      },
      onResponse: (_, response) => response.withMaxTtl(size * 100),
      handover: () => count,
      shutdown: () => timer.cancel(),
    }
  },
})

describe('loadPlugin', () => {
  testPlugin(
    sample,
    'sample 2',
    [
      { query: 'own.example A', expect: { flags: 'aa rd', passed: false } },
      { query: 'gone.example A', expect: { dropped: true } },
      { query: 'bad.example A', expect: { rcode: 'REFUSED', flags: 'rd', cause: 'bad name' } },
      { query: 'late.example A', expect: { rcode: 'SERVFAIL', cause: 'late fault' } },
      {
        query: 'x.example A',
        expect: { passed: true, rcode: 'SERVFAIL', cause: 'no next plugin' },
      },
      {
        query: 'x.example CH TXT',
        next: { flags: 'ra', answer: ['x.example. 300 CH TXT "a\\"b"'] },
        expect: { passed: true, flags: 'rd ra', answer: ['x.example. 200 CH TXT "a\\"b"'] },
      },
      {
        name: 'makes a reply of what the rest of the chain throws',
        query: 'x.example A',
        next: () => {
          throw new Error('next failed')
        },
        expect: { passed: true, rcode: 'SERVFAIL', cause: 'next failed' },
      },
    ],
    { it },
  )

  it('hands state over on reload and shuts the old instance down once', async () => {
    const first = await loadPlugin(sample, 'sample')
    await first.ask('own.example')
    await first.ask('x.example')
    const second = await first.reload('sample 9')
    await first.shutdown()
    await second.ask('x.example')
    expect(second.handler.handover?.()).toBe(3)
    expect(second.options.args).toEqual([9])
    expect(second.host.metrics.value('coredns_sample_passed_total')).toBe(2)
    expect(second.host.clock.openTimers).toBe(1)
    await second.shutdown()
    expect(second.host.clock.openTimers).toBe(0)
  })

  it('makes no promise of an answer that is none', async () => {
    const loaded = await loadPlugin(sample, 'sample')
    expect(loaded.run(makeQuery('own.example'))).not.toBeInstanceOf(Promise)
    await loaded.shutdown()
  })

  it('shows a plugin no response that shall not be sent', async () => {
    let seen = 0
    const watcher = definePlugin({
      name: 'watcher',
      options: directive({}),
      setup: () => ({
        onResponse(_, response) {
          seen++
          return response
        },
      }),
    })
    const loaded = await loadPlugin(watcher, 'watcher', { next: (query) => query.drop() })
    expect((await loaded.ask('x.example')).isDropped).toBe(true)
    expect(seen).toBe(0)
  })

  it('knows listeners once started, not in setup', async () => {
    const loaded = await loadPlugin(sample, 'sample', { start: false })
    expect(loaded.host.block.listeners).toEqual([])
    loaded.host.listen()
    expect(loaded.host.block.listeners.map(({ label }) => label)).toEqual([
      'dns://:53',
      'dns://:53',
    ])
  })
})

lifeCycleSuite(sample, 'sample', { it, bad: { corefile: 'sample 77', at: '77' } })

describe('testOptions', () => {
  testOptions(
    sample,
    [
      { text: 'sample', options: { args: [3] } },
      { text: 'sample 4 {\n ttl 9\n}', options: { args: [4], block: { ttl: 9 } } },
      { text: 'sample 4 {\n tll 9\n}', error: /tll/, at: 'tll' },
    ],
    { it },
  )
})

describe('lifeCycleSuite', () => {
  it('notices a timer left open', async () => {
    const leaky = definePlugin({
      name: 'leaky',
      options: directive({}),
      setup(_, host) {
        host.clock.every(1000, () => {})
        return {}
      },
    })
    const results: Promise<void>[] = []
    lifeCycleSuite(leaky, 'leaky', { it: (_, run) => results.push(run()) })
    for (const result of results) await expect(result).rejects.toThrow('open')
  })
})

describe('expectMessage', () => {
  const message = replyWith({ answer: ['a. 1 IN A 192.0.2.2', 'a. 1 IN A 192.0.2.1'] })(
    makeQuery('a'),
  )
  const answer = ['a. 1 IN A 192.0.2.1', 'a. 1 IN A 192.0.2.2']
  it('compares sets of records unless order is asked for', () => {
    expectMessage(message, { answer })
    expect(() => expectMessage(message, { answer }, { inOrder: true })).toThrow('another one')
  })
  it('wants sections empty that are not named', () => {
    expect(() => expectMessage(message, {})).toThrow('192.0.2.1')
  })
  it('wants NOERROR unless told otherwise', () => {
    const refused = replyWith({ rcode: 'REFUSED' })(makeQuery('a'))
    expect(() => expectMessage(refused, {})).toThrow('REFUSED')
    expectMessage(refused, { rcode: 'REFUSED', edns: null })
  })
})

describe('makeQuery', () => {
  it('composes what the options say', () => {
    const edns = { size: 4096, do: true, options: [{ code: 10, data: Uint8Array.of(1, 2) }] }
    const query = makeQuery('a.example', 'AAAA', { edns, flags: 'cd', transport: 'tls', opcode: 4 })
    expect(query.toString()).toBe('a.example. IN AAAA')
    expect(query.ednsSize).toBe(4096)
    expect(query.isDnssecOk).toBe(true)
    expect(query.ednsOptions).toEqual(edns.options)
    expect([query.isCheckingDisabled, query.isRecursionDesired, query.opcode]).toEqual([
      true,
      false,
      4,
    ])
    expect(query.listener.label).toBe('tls://:853')
  })
  it('reads a whole question from one text', () => {
    expect(makeQuery('version.bind CH TXT').toString()).toBe('version.bind. CH TXT')
  })
  it('refuses what is no type', () => {
    expect(() => makeQuery('a', 'NONSENSE')).toThrow("'NONSENSE' is not a type")
  })
})

describe('formatMessage', () => {
  it('shows OPT apart from the records', () => {
    const query = makeQuery('a')
    const options = [{ code: 15, data: Uint8Array.of(0, 17) }]
    const message = query.reply({ edns: { udpSize: 4096, flags: 0x8000, options } })
    expect(formatMessage(message)).toEqual({
      rcode: 'NOERROR',
      flags: 'aa rd',
      answer: [],
      authority: [],
      additional: [],
      edns: { udpSize: 4096, do: true, options: ['15:0011'] },
    })
  })
})

describe('FakeClock', () => {
  it('runs timers in the order they fall due, promises in between', async () => {
    const clock = new FakeClock()
    const start = clock.now()
    const seen: string[] = []
    clock.after(20, () => seen.push(`b ${clock.now() - start}`))
    const timer = clock.every(10, () => {
      seen.push(`tick ${clock.now() - start}`)
      void Promise.resolve().then(() => seen.push('promise'))
    })
    clock.after(5, () => void clock.after(5, () => seen.push(`nested ${clock.now() - start}`)))
    await clock.advance(20)
    expect(seen).toEqual(['tick 10', 'promise', 'nested 10', 'b 20', 'tick 20', 'promise'])
    timer.cancel()
    expect(clock.openTimers).toBe(0)
    expect(clock.now() - start).toBe(20)
  })
  it('moves the wall clock alone when told', () => {
    const clock = new FakeClock()
    const before = clock.now()
    clock.setWall(5000)
    expect([clock.wallNow(), clock.now()]).toEqual([5000, before])
  })
})

describe('FakeFiles', () => {
  it('keeps files and shows their directories', async () => {
    const clock = new FakeClock()
    const files = new FakeFiles(clock, () => 'etc')
    files.set('zones/a', 'one', 7)
    files.set('/etc/b', Uint8Array.of(1))
    expect(await files.readText('/etc/zones/a')).toBe('one')
    expect(await files.stat('zones/a')).toEqual({ modifiedMs: 7, sizeBytes: 3, isDirectory: false })
    expect((await files.stat('zones'))?.isDirectory).toBe(true)
    expect(await files.list('/etc')).toEqual(['b', 'zones'])
    expect(files.reads).toEqual(['/etc/zones/a'])
    files.remove('zones')
    expect(await files.stat('zones/a')).toBeUndefined()
    await expect(files.read('zones/a')).rejects.toMatchObject({ code: 'ENOENT' })
    files.fail('b', 'EACCES')
    await expect(files.read('b')).rejects.toMatchObject({ code: 'EACCES' })
  })
})

describe('FakeMetrics', () => {
  it('sums matching series and refuses names and labels that are not there', () => {
    const metrics = new FakeMetrics()
    const counter = metrics.counter('a_total', ['server', 'type'])
    counter.labels('x', 'A').add()
    counter.labels('x', 'MX').add(2)
    metrics.histogram('h').observe(0.5)
    expect(metrics.value('a_total', { server: 'x' })).toBe(3)
    expect(metrics.value('a_total', { type: 'MX' })).toBe(2)
    expect(metrics.value('a_total', { type: 'NS' })).toBe(0)
    expect(metrics.observations('h')).toEqual([0.5])
    expect(() => metrics.value('b_total')).toThrow("no metric 'b_total'")
    expect(() => metrics.value('a_total', { proto: 'udp' })).toThrow("no 'proto'")
    expect(() => counter.add()).toThrow('labels are server, type')
  })
})

describe('fakeHost', () => {
  it('answers internal lookups and never rejects', async () => {
    const query = makeQuery('a')
    const lookup = replyWith({ answer: ['a. 5 IN A 192.0.2.1'] })
    const host = fakeHost({ resolve: lookup, zones: ['Example.org'] })
    expect((await host.resolve(query)).answerCount).toBe(1)
    expect(host.resolved).toEqual([query])
    expect(String(host.block.zones[0])).toBe('example.org.')
    const failing = fakeHost({ resolve: () => Promise.reject(new Error('down')) })
    expect((await failing.resolve(query)).rcode).toBe(2)
  })
})

describe('readDirective', () => {
  it('groups occurrences, blocks, quotes and comments, with their places', () => {
    const text = 'a 1 "x \\"y\\" {" { # note\n  b c#d\n  e {\n    f\n  }\n}\na'
    const { occurrences } = readDirective('a', text)
    const shape = JSON.stringify(occurrences, (key, value) =>
      key === 'keyword'
        ? value.text
        : key === 'args'
          ? value.map((arg: { text: string }) => arg.text)
          : value,
    )
    expect(JSON.parse(shape)).toEqual([
      {
        keyword: 'a',
        args: ['1', 'x "y" {'],
        block: [
          { keyword: 'b', args: ['c#d'] },
          { keyword: 'e', args: [], block: [{ keyword: 'f', args: [] }] },
        ],
      },
      { keyword: 'a', args: [] },
    ])
    const token = occurrences[0]?.block?.[0]?.args[0]
    expect([token?.line, token?.column, token?.width]).toEqual([2, 5, 3])
  })
  it.each([
    ['b', "'b' is not the a directive"],
    ['a {', 'is not closed'],
  ])('refuses %s', (text, reason) => {
    expect(() => readDirective('a', text)).toThrow(reason)
  })
  it('gives the errors that loading ends with', async () => {
    const errors = await configErrorsOf(() => loadPlugin(sample, 'sample x'))
    expect(errors.map((error) => error.at?.text)).toEqual(['x'])
  })
})

describe('seededRandom', () => {
  it('repeats itself and keeps to its range', () => {
    const one = seededRandom(5)
    const other = seededRandom(5)
    const numbers = Array.from({ length: 500 }, () => one.below(3))
    expect(numbers).toEqual(Array.from({ length: 500 }, () => other.below(3)))
    expect([...new Set(numbers)].sort()).toEqual([0, 1, 2])
    expect(one.uint16()).toBeLessThan(65_536)
  })
})
