import type { Http2Connection, Http2Request, Http2Response } from '@fingerpost/sdk'
import {
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  seededRandom,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { composePacket, readPacket } from './dns-packet.ts'
import grpc from './index.ts'

type Serve = (request: Http2Request) => Partial<Http2Response> | Error

/** Answers with one record, as a server for `example.org` would. */
function answerWith(address: string): Serve {
  return ({ body }) => {
    const query = makeQuery('example.org', 'A')
    const asked = readPacket(body)!
    const reply = replyWith({ answer: [`example.org. 60 IN A ${address}`] })(query).toBytes()
    reply.set(asked.subarray(0, 2))
    return { body: composePacket(reply) }
  }
}

/** The plugin with servers by their addresses; what was dialled and asked is noted. */
async function load(corefile: string, servers: Readonly<Record<string, Serve>>) {
  const host = fakeHost({ plugin: 'grpc' })
  const dialled: string[] = []
  const asked: Http2Request[] = []
  const open = new Set<Http2Connection>()
  host.network.dialHttp2 = async ({ address }) => {
    dialled.push(address)
    const serve = servers[address]
    if (serve === undefined) throw new Error('connection refused')
    let isOpen = true
    const connection: Http2Connection = {
      get isOpen() {
        return isOpen
      },
      post: async (request) => {
        asked.push(request)
        const outcome = serve(request)
        if (outcome instanceof Error) {
          isOpen = false
          throw outcome
        }
        const fields = { 'grpc-status': '0' }
        return { status: 200, fields, body: new Uint8Array(), ...outcome }
      },
      close: () => void open.delete(connection),
    }
    open.add(connection)
    return connection
  }
  const loaded = await loadPlugin(grpc, corefile, { host })
  return { loaded, dialled, asked, open }
}

describe('grpc', () => {
  it('asks over one connection, and ends it in the end', async () => {
    const { loaded, dialled, asked, open } = await load('grpc . 192.0.2.1', {
      '192.0.2.1': answerWith('10.0.0.1'),
    })
    const query = makeQuery('example.org', 'A')
    for (let i = 0; i < 2; i++) {
      const { answer } = formatMessage(await loaded.ask(query))
      expect(answer).toEqual(['example.org. 60 IN A 10.0.0.1'])
    }
    expect(dialled).toEqual(['192.0.2.1'])
    const [first] = asked
    expect(first).toMatchObject({
      path: '/coredns.dns.DnsService/Query',
      fields: { 'content-type': 'application/grpc', te: 'trailers' },
    })
    expect(readPacket(first?.body ?? new Uint8Array())).toEqual(query.wire)
    await loaded.shutdown()
    expect(open.size).toBe(0)
  })

  it.each<[string, Serve]>([
    ['a refusal of HTTP', () => ({ status: 503 })],
    ['a refusal of gRPC', () => ({ fields: { 'grpc-status': '14', 'grpc-message': 'away' } })],
    ['nonsense', () => ({ body: Uint8Array.of(1, 2, 3) })],
    ['no message', () => ({ body: composePacket(Uint8Array.of(1, 2, 3)) })],
    ['a lost connection', () => new Error('the request was cut short')],
  ])('goes on to the next server after %s', async (_, serve) => {
    const text = 'grpc . 192.0.2.1 192.0.2.2 192.0.2.3 {\n policy sequential\n}'
    const servers = { '192.0.2.2': serve, '192.0.2.3': answerWith('10.0.0.3') }
    const { loaded, dialled } = await load(text, servers)
    const { answer } = formatMessage(await loaded.ask('example.org', 'A'))
    expect(answer).toEqual(['example.org. 60 IN A 10.0.0.3'])
    expect(dialled).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    await loaded.shutdown()
  })

  it('answers SERVFAIL when all fail, and FORMERR for another question', async () => {
    const gone = await load('grpc . 192.0.2.1', {})
    expect(formatMessage(await gone.loaded.ask('example.org', 'A')).rcode).toBe('SERVFAIL')
    const odd = await load('grpc . 192.0.2.1', { '192.0.2.1': answerWith('10.0.0.1') })
    expect(formatMessage(await odd.loaded.ask('example.net', 'A')).rcode).toBe('FORMERR')
  })

  it('passes what is not in FROM, or excepted', async () => {
    const text = 'grpc example.org 192.0.2.1 {\n except a.example.org\n}'
    const { loaded, asked } = await load(text, { '192.0.2.1': answerWith('10.0.0.1') })
    for (const name of ['example.net', 'b.a.example.org']) await loaded.ask(name, 'A')
    expect([loaded.passed.length, asked.length]).toEqual([2, 0])
  })

  it.each([
    ['fallthrough', 1],
    ['fallthrough example.org', 1],
    ['fallthrough example.net', 0],
  ])('with %j goes on to the next plugin for what is not there: %i', async (option, passed) => {
    const missing: Serve = ({ body }) => {
      const reply = replyWith({ rcode: 'NXDOMAIN' })(makeQuery('example.org', 'A')).toBytes()
      reply.set(readPacket(body)!.subarray(0, 2))
      return { body: composePacket(reply) }
    }
    const text = `grpc . 192.0.2.1 {\n ${option}\n}`
    const { loaded } = await load(text, { '192.0.2.1': missing })
    await loaded.ask('example.org', 'A')
    expect(loaded.passed.length).toBe(passed)
  })

  it('takes turns', async () => {
    const text = 'grpc . 192.0.2.1 192.0.2.2 {\n policy round_robin\n}'
    const servers = { '192.0.2.1': answerWith('10.0.0.1'), '192.0.2.2': answerWith('10.0.0.2') }
    const { loaded } = await load(text, servers)
    const answers: unknown[] = []
    for (let i = 0; i < 4; i++) {
      answers.push(formatMessage(await loaded.ask('example.org', 'A')).answer[0]?.slice(-1))
    }
    expect(answers).toEqual(['2', '1', '2', '1'])
  })

  lifeCycleSuite(grpc, 'grpc . 192.0.2.1', {
    it,
    bad: { corefile: 'grpc . nobody:port', at: 'nobody:port' },
  })
})

describe('a DNS message in gRPC', () => {
  it('is framed and read', () => {
    for (const size of [0, 12, 127, 128, 300, 65_535]) {
      const message = new Uint8Array(size).fill(7)
      expect(readPacket(composePacket(message))).toEqual(message)
    }
  })

  it('may come with fields that are not known', () => {
    const packet = Uint8Array.of(0, 0, 0, 0, 10, 0x10, 0x96, 1, 0x0a, 2, 8, 9, 0x1a, 1, 5)
    expect(readPacket(packet)).toEqual(Uint8Array.of(8, 9))
  })

  it.each([
    ['nothing', []],
    ['compressed', [1, 0, 0, 0, 4, 0x0a, 2, 8, 9]],
    ['shorter than it says', [0, 0, 0, 0, 5, 0x0a, 2, 8, 9]],
    ['with octets beyond the end', [0, 0, 0, 0, 4, 0x0a, 3, 8, 9]],
    ['without a message', [0, 0, 0, 0, 2, 0x10, 1]],
    ['with a number without end', [0, 0, 0, 0, 2, 0x10, 0x80]],
  ])('is not read when it is %s', (_, octets) => {
    expect(readPacket(Uint8Array.from(octets))).toBeUndefined()
  })

  it('never throws, whatever comes', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 5000; round++) {
      const rest = Uint8Array.from({ length: random.below(40) }, () => random.below(256))
      readPacket(rest)
      readPacket(Uint8Array.from([0, 0, 0, 0, rest.length, ...rest]))
    }
  })
})
