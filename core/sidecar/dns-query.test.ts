import { Flag, Message } from '@fingerpost/sdk'
import { makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { makeAdmin, testClient } from './test-admin.ts'

describe('DNS over HTTP', () => {
  const answer = ['www.example.org. 300 IN A 192.0.2.1', 'www.example.org. 60 IN A 192.0.2.2']
  const query = makeQuery('www.example.org A')
  const dns = Buffer.from(query.wire).toString('base64url')
  const post = (body: Uint8Array, type = 'application/dns-message'): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': type },
    body: body as Uint8Array<ArrayBuffer>,
  })

  function answering(parts: Parameters<typeof replyWith>[0]) {
    const app = makeAdmin()
    app.source.reply = (asked) => replyWith(parts)(asked)
    return app
  }

  it.each([
    ['GET', `/dns-query?dns=${dns}`, {}],
    ['POST', '/dns-query', post(query.wire)],
  ])('answers %s', async (_, path, init) => {
    const { ask, source } = answering({ answer })
    const response = await ask(path, init)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/dns-message')
    expect(response.headers.get('cache-control')).toBe('max-age=60')
    const message = Message.parse(new Uint8Array(await response.arrayBuffer()))
    expect(message?.id).toBe(query.id)
    expect(message?.answerCount).toBe(2)
    expect(source.resolved).toEqual([[query.wire, testClient]])
  })

  it.each<[string, Parameters<typeof replyWith>[0], string]>([
    [
      'a denial by its SOA',
      { rcode: 'NXDOMAIN', authority: ['example.org. 300 IN SOA ns. host. 1 2 3 4 30'] },
      'max-age=30',
    ],
    ['a denial without one not at all', { rcode: 'NXDOMAIN' }, 'no-store'],
    ['a failure not at all', { rcode: 'SERVFAIL' }, 'no-store'],
  ])('lets %s be kept', async (_, parts, expected) => {
    const { ask } = answering(parts)
    const response = await ask(`/dns-query?dns=${dns}`)
    expect(response.headers.get('cache-control')).toBe(expected)
  })

  it.each([
    ['another type', post(query.wire, 'application/json'), 415, 'unsupported-type'],
    ['no octets', post(new Uint8Array()), 400, 'bad-message'],
    ['a response', post(Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0)), 400, 'bad-message'],
    ['too many octets', post(new Uint8Array(65_536)), 413, 'body-too-large'],
    ['another method', { method: 'PUT' }, 405, 'method-not-allowed'],
  ])('refuses %s', async (_, init, status, code) => {
    const { ask, source } = makeAdmin()
    const response = await ask('/dns-query', init)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code } })
    expect(source.resolved).toEqual([])
  })

  it('says so when nothing comes back', async () => {
    const { ask } = makeAdmin()
    const response = await ask(`/dns-query?dns=${dns}`)
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ error: { code: 'no-response' } })
  })

  it('answers in JSON', async () => {
    const { ask, source } = answering({ answer, flags: 'aa rd' })
    const response = await ask('/dns-query?name=WWW.example.org&type=1&cd=true&do=1')
    expect(response.headers.get('content-type')).toBe('application/dns-json')
    expect(response.headers.get('cache-control')).toBe('max-age=60')
    expect(await response.json()).toMatchObject({
      Status: 0,
      TC: false,
      RD: true,
      Question: [{ name: 'WWW.example.org.', type: 1 }],
      Answer: [
        { name: 'www.example.org.', type: 1, TTL: 300, data: '192.0.2.1' },
        { name: 'www.example.org.', type: 1, TTL: 60, data: '192.0.2.2' },
      ],
    })
    const [wire] = source.resolved[0] ?? []
    const asked = Message.parse(wire ?? new Uint8Array())
    expect((asked?.flags ?? 0) & (Flag.RD | Flag.CD)).toBe(Flag.RD | Flag.CD)
    expect(asked?.edns?.flags).toBe(0x8000)
  })
})
