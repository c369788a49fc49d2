import { type Message, Opcode, Rcode } from '@fingerpost/sdk'
import {
  fakeHost,
  fakeListener,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type NextAnswer,
  type QueryOptions,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import log from './index.ts'

const SOA = 'example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 5'
const A = 'example.org. 60 IN A 192.0.2.1'

/** The lines that one query makes. */
async function linesOf(
  corefile: string,
  query: string | ReturnType<typeof makeQuery>,
  next: NextAnswer = (asked) => asked.reply(),
): Promise<readonly string[]> {
  const host = fakeHost({ plugin: 'log' })
  const loaded = await loadPlugin(log, corefile, { host, next })
  await loaded.ask(typeof query === 'string' ? makeQuery(query) : query)
  return host.log.lines
}

describe('the lines of log', () => {
  it("have CoreDNS's common format", async () => {
    const host = fakeHost({ plugin: 'log' })
    const loaded = await loadPlugin(log, 'log', {
      host,
      next: async (query) => {
        await host.clock.advance(1.25)
        return replyWith({ rcode: 'NXDOMAIN', flags: 'aa', authority: [SOA] })(query)
      },
    })
    const options = { client: '192.0.2.7', clientPort: 4242, id: 99 }
    await loaded.ask(makeQuery('X.Example.org', 'A', options))
    expect(host.log.lines).toEqual([
      expect.stringMatching(
        /^\[INFO\] 192\.0\.2\.7:4242 - 99 "A IN x\.example\.org\. udp 31 false 512" NXDOMAIN qr,aa,rd \d+ 0\.00125s$/,
      ),
    ])
  })

  const options: QueryOptions = {
    client: '2001:db8::7',
    clientPort: 5353,
    id: 7,
    transport: 'tcp',
    edns: { size: 1232, do: true },
    flags: 'rd cd ad',
  }
  it.each([
    ['{type} {class} {name}', 'TYPE65280 IN a.test.'],
    ['{remote}:{port}', '[2001:db8::7]:5353'],
    ['{proto} {size} {>do} {>bufsize}', 'tcp 35 true 65535'],
    ['{>id} {>opcode}', '7 0'],
    ['{rcode} {rsize}', 'NOERROR 24'],
    ['{>rflags}', 'qr,aa,rd,cd'],
    ['{duration}', '0s'],
    ['{/kubernetes/endpoint}.', '-.'],
    ['{nosuch} {>nosuch} {toString} { {name} }', '{nosuch} {>nosuch} {toString} { a.test. }'],
    ['{local}', '[::]'],
    [
      '<{combined}>',
      '<[2001:db8::7]:5353 - 7 "TYPE65280 IN a.test. tcp 35 true 65535" NOERROR qr,aa,rd,cd 24 0s "0">',
    ],
  ])('give %s as %s', async (format, text) => {
    const lines = await linesOf(`log . "${format}"`, makeQuery('A.test', 65_280, options))
    expect(lines).toEqual([`[INFO] ${text}`])
  })

  it('name the address of the listener', async () => {
    const listener = fakeListener({ transport: 'udp', address: '2001:db8::53' })
    const lines = await linesOf('log . "{local}"', makeQuery('a.test', 'A', { listener }))
    expect(lines).toEqual(['[INFO] [2001:db8::53]'])
  })

  it('have RD and CD of the query, whatever a stored response had', async () => {
    const next = replyWith({ flags: 'rd ra' })
    const lines = await linesOf(
      'log . "{>rflags}"',
      makeQuery('a.test', 'A', { flags: 'cd' }),
      next,
    )
    expect(lines).toEqual(['[INFO] qr,ra,cd'])
  })

  it('show queries that get no response', async () => {
    const lines = await linesOf('log . "{rcode} {>rflags} {rsize}"', 'a.test A', (query) =>
      query.drop(),
    )
    expect(lines).toEqual(['[INFO] - - 0'])
  })

  it('show queries that failed', async () => {
    const lines = await linesOf('log . "{rcode}"', 'a.test A', () => {
      throw new Error('broken')
    })
    expect(lines).toEqual(['[INFO] SERVFAIL'])
  })

  it.each([
    [0.0001, '0.0000001s'],
    [10_000, '10s'],
    [2000.262738, '2.000262738s'],
  ])('write a duration of %d ms as %s', async (durationMs, text) => {
    const host = fakeHost({ plugin: 'log' })
    let nowMs = 0
    host.clock.now = () => nowMs
    const next = (query: ReturnType<typeof makeQuery>): Message => {
      nowMs = durationMs
      return query.reply()
    }
    const loaded = await loadPlugin(log, 'log . "{duration}"', { host, next })
    await loaded.ask('a.test', 'A')
    expect(host.log.lines).toEqual([`[INFO] ${text}`])
  })
})

describe('the rules of log', () => {
  it.each([
    ['log', 'x.test A', 1],
    ['log example.org', 'www.Example.org A', 1],
    ['log example.org', 'example.com A', 0],
    ['log example.org example.com', 'example.com A', 1],
    ['log\nlog example.org', 'example.org A', 1],
    ['log a..b', 'a.b A', 0],
    ['log "{type}"', 'example.org A', 0],
    ['log "{type}"', 'www.{type} A', 1],
  ])('%j logs %s %d times', async (corefile, query, count) => {
    expect(await linesOf(corefile, query)).toHaveLength(count)
  })

  it('are tried in the order of the file, and the first that fits decides', async () => {
    const corefile = 'log example.org "1 {name}" {\n class error\n}\nlog . "2 {name}"'
    expect(await linesOf(corefile, 'example.org A')).toEqual([])
    expect(await linesOf(corefile, 'example.com A')).toEqual(['[INFO] 2 example.com.'])
  })

  const reply = (rcode: number, ...authority: string[]): NextAnswer =>
    replyWith({ rcode: rcode === Rcode.NOERROR ? 'NOERROR' : 'NXDOMAIN', authority })
  const classes: [string, string, NextAnswer, ReturnType<typeof makeQuery>?][] = [
    ['an answer', 'success', replyWith({ answer: [A] })],
    ['an answer with a SOA beside it', 'success', replyWith({ answer: [A], authority: [SOA] })],
    ['an empty answer without a SOA', 'success', reply(Rcode.NOERROR)],
    ['a delegation', 'success', reply(Rcode.NOERROR, 'example.org. 60 IN NS ns.example.org.')],
    ['NODATA', 'denial', reply(Rcode.NOERROR, SOA)],
    ['NXDOMAIN', 'denial', reply(Rcode.NXDOMAIN, SOA)],
    ['NXDOMAIN without a SOA', 'error', reply(Rcode.NXDOMAIN)],
    ['SERVFAIL', 'error', replyWith({ rcode: 'SERVFAIL' })],
    ['REFUSED', 'error', replyWith({ rcode: 'REFUSED' })],
    ['no response', 'error', (query) => query.drop()],
    [
      'NOTIFY',
      'error',
      reply(Rcode.NOERROR),
      makeQuery('a.test', 'SOA', { opcode: Opcode.NOTIFY }),
    ],
    ['a transfer', 'error', replyWith({ answer: [A] }), makeQuery('a.test', 'AXFR')],
  ]
  it.each(classes)(
    '%s is of the class %s',
    async (_, expected, next, query = makeQuery('a.test', 'A')) => {
      const logged: string[] = []
      for (const one of ['success', 'denial', 'error']) {
        const lines = await linesOf(`log {\n class ${one}\n}`, query, next)
        if (lines.length > 0) logged.push(one)
      }
      expect(logged).toEqual([expected])
      expect(await linesOf('log {\n class all\n}', query, next)).toHaveLength(1)
    },
  )

  it('are the same with classes over several lines', async () => {
    const corefile = 'log {\n class denial\n class error\n}'
    expect(await linesOf(corefile, 'a.test A', replyWith({ rcode: 'REFUSED' }))).toHaveLength(1)
    expect(await linesOf(corefile, 'a.test A', replyWith({ answer: [A] }))).toHaveLength(0)
  })
})

describe('log', () => {
  it('answers at once what is answered at once', async () => {
    const loaded = await loadPlugin(log, 'log', { next: (query) => query.reply() })
    expect(loaded.run(makeQuery('x.org', 'A'))).not.toBeInstanceOf(Promise)
  })

  lifeCycleSuite(log, 'log', {
    it,
    bad: { corefile: 'log {\n class bogus\n}', at: 'bogus' },
  })

  testOptions(
    log,
    [
      { text: 'log . {common}' },
      {
        text: 'log { \n class denial error\n}',
        options: [{ block: { class: ['denial', 'error'] } }],
      },
      { text: 'log {\n class bogus\n}', error: /success/, at: 'bogus' },
      { text: 'log {\n class\n}', error: /./, at: 'class' },
      { text: 'log {\n nosuch\n}', error: /no option/, at: 'nosuch' },
    ],
    { it },
  )
})
