import { decode, encode } from '@leichtgewicht/dns-packet'
import { describe, expect, it } from 'vitest'
import { hostsBlock, PATIENCE, startLive } from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'

const MESSAGE = 'application/dns-message'
const JSON_BODY = { 'content-type': 'application/json' }

const question = { type: 'A', name: 'a.test' } as const
const query = Buffer.from(encode({ type: 'query', id: 0, flags: 256, questions: [question] }))
const Corefile = hostsBlock('a.test', '192.0.2.1', '    cache\n')

describe.each(programs)('the admin address of $name', (program) => {
  it('answers DNS by GET, POST and as JSON', async () => {
    const server = await startLive(program, { cwd: scratch({ Corefile }) })
    const got = await server.admin(`/dns-query?dns=${query.toString('base64url')}`)
    const posted = await server.admin('/dns-query', {
      method: 'POST',
      headers: { 'content-type': MESSAGE },
      body: query,
    })
    for (const { status, headers, body } of [got, posted]) {
      expect(status).toBe(200)
      expect(headers['content-type']).toBe(MESSAGE)
      expect(headers['cache-control']).toMatch(/^max-age=\d+$/)
      expect(decode(body).answers).toMatchObject([{ name: 'a.test', data: '192.0.2.1' }])
    }
    const json = await server.admin('/dns-query?name=a.test&type=A')
    expect(json.headers['content-type']).toBe('application/dns-json')
    expect(JSON.parse(json.text)).toMatchObject({
      Status: 0,
      Question: [{ name: 'a.test.', type: 1 }],
      Answer: [{ name: 'a.test.', type: 1, data: '192.0.2.1' }],
    })
    // A name that no block serves.
    const refused = await server.admin('/dns-query?name=b.test')
    expect(JSON.parse(refused.text)).toMatchObject({ Status: 5 })
  })

  it('lists the cache and empties it', async () => {
    const server = await startLive(program, { cwd: scratch({ Corefile }) })
    await server.ask('a.test')
    expect(JSON.parse((await server.admin('/cache')).text)).toMatchObject({
      caches: [{ zones: ['a.test.'], entries: [{ name: 'a.test.', type: 'A', rcode: 'NOERROR' }] }],
    })
    const flush = (body: unknown): Promise<{ text: string }> =>
      server.admin('/cache', { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) })
    expect(JSON.parse((await flush({ flush: 'name', name: 'b.test' })).text)).toEqual({
      flushed: 0,
    })
    expect(JSON.parse((await flush({ flush: 'subtree', name: 'test' })).text)).toEqual({
      flushed: 1,
    })
    expect(JSON.parse((await server.admin('/cache')).text)).toMatchObject({
      caches: [{ entries: [] }],
    })
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
    expect(await server.metric('coredns_cache_misses_total')).toBe(2)
  })

  it('explains an answer of the server that runs, its cache included', async () => {
    const server = await startLive(program, { cwd: scratch({ Corefile }) })
    await server.ask('a.test')
    await expect
      .poll(async () => JSON.parse((await server.admin('/explain?name=a.test')).text), PATIENCE)
      .toMatchObject({
        question: 'a.test. IN A',
        block: 'dns://a.test.:0',
        steps: [{ plugin: 'cache', outcome: 'answered' }],
        answer: { rcode: 'NOERROR' },
      })
  })

  it('reloads, keeps what is in the cache, and shows status, configuration and plugins', async () => {
    const server = await startLive(program, { cwd: scratch({ Corefile }) })
    await server.ask('a.test')
    const { status, text } = await server.admin('/reload', { method: 'POST' })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ reloaded: true })
    expect(await server.status()).toMatchObject({ generation: 2, degraded: null })
    await server.ask('a.test')
    expect(await server.metric('coredns_cache_hits_total')).toBe(1)
    expect((await server.admin('/config?format=text')).text).toContain('192.0.2.1 a.test')
    expect(JSON.parse((await server.admin('/plugins')).text).plugins).toContainEqual(
      expect.objectContaining({ name: 'hosts', isUsed: true }),
    )
  })

  it('keeps pages of other sites and wrong requests out', async () => {
    const server = await startLive(program, { cwd: scratch({ Corefile }) })
    const origin = { origin: 'http://evil.example' }
    expect((await server.admin('/reload', { method: 'POST', headers: origin })).status).toBe(403)
    expect((await server.admin('/status', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await server.admin('/reload')).status).toBe(405)
    expect((await server.admin('/dns-query?dns=AAAA')).status).toBe(400)
    expect((await server.admin('/cache', { method: 'POST', body: '{}' })).status).toBe(415)
    expect((await server.status()).generation).toBe(1)
  })
})
