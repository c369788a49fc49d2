import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../free-port.ts'
import { exchangeTcp, exchangeUdp } from './exchange.ts'
import { composeMessage, type MessageDraft, type ParsedMessage, parseMessage } from './message.ts'
import { Upstream, type UpstreamScript } from './upstream.ts'

/** Long for a loopback, short enough for the queries that get no answer. */
const timeoutMs = 400
let upstream: Upstream | undefined
let port = 0

afterEach(() => upstream?.stop())

describe('a scripted upstream', () => {
  it('looks answers up by name and type, then by wildcards towards the root', async () => {
    const text = (value: string) => ({ answer: [`{qname} 1 IN TXT "${value} {n}"`] })
    await start({
      answers: {
        'a.b.test TXT': text('exact'),
        'a.b.test *': text('any type'),
        '*.b.test TXT': text('parent'),
        '*.test *': text('grandparent'),
      },
      default: text('default'),
    })
    const answers = ['A.b.test.', 'A.b.test.', 'x.b.test.', 'y.x.b.test.', 'x.test.', 'x.org.']
    const texts = []
    for (const name of answers) texts.push((await ask({ name }))?.sections.answer[0]?.rdata)
    expect(texts).toEqual([
      ...['"exact 1"', '"exact 2"', '"parent 1"', '"parent 1"', '"grandparent 1"', '"default 1"'],
    ])
    const other = await ask({ name: 'a.b.test.', type: 'A' })
    expect(other?.sections.answer[0]?.rdata).toBe('"any type 1"')
  })

  it('refuses what its script lacks, but is healthy and does not count health checks', async () => {
    await start({})
    expect(await ask({ name: 'a.test.' })).toMatchObject({
      rcode: 'REFUSED',
      flags: ['qr', 'rd', 'ra'],
    })
    expect(await ask({ name: '.', type: 'NS' })).toMatchObject({ rcode: 'NOERROR' })
    expect(upstream?.takeCounts()).toEqual({ udp: 1, tcp: 0 })
    expect(upstream?.takeCounts()).toEqual({ udp: 0, tcp: 0 })
  })

  it('answers by transport, so that a truncated answer can be had in full', async () => {
    await start({ default: { answer: ['{qname} 1 IN TXT "x"'], udp: { truncate: true } } })
    const short = await ask({ name: 'a.test.' })
    expect(short?.flags).toContain('tc')
    expect(short?.sections.answer).toEqual([])
    const full = await ask({ name: 'a.test.', isTcp: true })
    expect(full?.sections.answer).toHaveLength(1)
    expect(upstream?.takeCounts()).toEqual({ udp: 1, tcp: 1 })
  })

  it('reports the query as it arrived', async () => {
    await start({ default: { report: true } })
    const edns = { size: 700, do: true, options: ['10:0102'] }
    const reply = await ask({ name: 'A"b.test.', draft: { flags: ['rd', 'ad'], edns } })
    expect(reply?.sections.answer[0]?.rdata).toBe(
      '"A\\\\\\"b.test. IN TXT udp flags=rd+ad edns=700,do=1,10:0102"',
    )
    expect(reply?.opt).toMatchObject({ size: 1232, do: true })
  })

  it('answers in sequence and stays with the last one', async () => {
    await start({
      default: { sequence: [{ rcode: 'SERVFAIL' }, { drop: true }, { rcode: 'NXDOMAIN' }] },
    })
    const rcodes = []
    for (let i = 0; i < 4; i++) rcodes.push((await ask({ name: 'a.test.' }))?.rcode)
    expect(rcodes).toEqual(['SERVFAIL', undefined, 'NXDOMAIN', 'NXDOMAIN'])
  })

  it.each([
    ['another ID', { wrongId: true }, { id: 7 ^ 0x5555 }],
    [
      'another question',
      { wrongQuestion: 'b.test A' },
      { questions: [{ name: 'b.test.', type: 'A', class: 'IN' }] },
    ],
    ['no question', { noQuestion: true }, { questions: [] }],
    ['the QR bit unset', { notReply: true }, { flags: ['rd', 'ra'] }],
    ['OPT left out', { edns: false as const }, { opt: undefined }],
  ])('answers with %s', async (_, reply, expected) => {
    await start({ default: reply })
    expect(await ask({ name: 'a.test.', draft: { edns: {} } })).toMatchObject(expected)
  })

  it('is silent, closed and open again as told', async () => {
    await start({ default: {} })
    await upstream?.change({ down: 'silent' })
    expect(await ask({ name: 'a.test.' })).toBeUndefined()
    await upstream?.change({ down: 'closed' })
    expect(await ask({ name: 'a.test.', isTcp: true })).toBeUndefined()
    await upstream?.change({ down: null })
    expect(await ask({ name: 'a.test.' })).toMatchObject({ rcode: 'NOERROR' })
    expect(upstream?.takeCounts()).toEqual({ udp: 2, tcp: 0 })
  })
})

async function start(script: UpstreamScript): Promise<void> {
  port = await freePort()
  upstream = new Upstream(port, script)
  await upstream.start()
}

async function ask({
  name,
  type = 'TXT',
  isTcp = false,
  draft = {},
}: {
  name: string
  type?: string
  isTcp?: boolean
  draft?: Partial<MessageDraft>
}): Promise<ParsedMessage | undefined> {
  const question = { name, type, class: 'IN' }
  const query = composeMessage({ id: 7, flags: ['rd'], ...draft, question })
  const target = { host: '127.0.0.1', port, timeoutMs }
  const { replies } = await (isTcp ? exchangeTcp(target, [query]) : exchangeUdp(target, query))
  return replies[0] && parseMessage(replies[0])
}
