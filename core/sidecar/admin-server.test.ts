import { makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Log } from '../log.ts'
import { systemClock } from '../runtime/clock.ts'
import { openAdmin } from './admin-server.ts'
import type { HttpListener } from './http-listener.ts'
import { Readiness } from './readiness.ts'
import { RawClient } from './test-client.ts'
import { testSource } from './test-source.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const TOKEN = 'correct-horse-battery'
const AUTHORIZED = `Authorization: Bearer ${TOKEN}`

async function openTestAdmin(host: string, token?: string) {
  const source = testSource()
  const listener: HttpListener = await openAdmin(
    { host, port: 0 },
    {
      clock: systemClock,
      log: new Log(() => {}).core,
      source,
      sidecar: { isEnding: false, readiness: new Readiness(source, false) },
      token: () => token,
      limits: { requestTimeoutMs: 400 },
    },
  )
  open.push(listener)
  return { source, port: listener.port }
}

/** Status and body of what is sent octet for octet. */
async function exchange(port: number, lines: readonly string[], body = ''): Promise<string> {
  const client = await RawClient.connect(port)
  open.push(client)
  await client.send(`${lines.join('\r\n')}\r\n\r\n${body}`)
  const [head = '', text = ''] = (await client.closed()).split('\r\n\r\n')
  return `${head.split(' ')[1]} ${text.trim()}`
}

const local = 'Host: localhost'
const close = 'Connection: close'
const jsonType = 'Content-Type: application/json'

describe('the admin address over the network', () => {
  it('answers DNS over HTTP, and knows the client', async () => {
    const { port, source } = await openTestAdmin('127.0.0.1')
    source.reply = replyWith({ answer: ['a.test. 300 IN A 192.0.2.1'] })
    const { wire } = makeQuery('a.test A')
    const response = await fetch(`http://127.0.0.1:${port}/dns-query`, {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message' },
      body: wire as Uint8Array<ArrayBuffer>,
    })
    expect(response.status).toBe(200)
    expect((await response.arrayBuffer()).byteLength).toBe(40)
    expect(source.resolved[0]?.[1]).toEqual({ address: '127.0.0.1', port: expect.any(Number) })
  })

  it('reads a body that comes in chunks', async () => {
    const { port, source } = await openTestAdmin('127.0.0.1')
    const lines = ['POST /cache HTTP/1.1', local, close, jsonType, 'Transfer-Encoding: chunked']
    const body = '9\r\n{"flush":\r\n6\r\n"all"}\r\n0\r\n\r\n'
    expect(await exchange(port, lines, body)).toBe('200 {"flushed":6}')
    expect(source.flushed).toHaveLength(1)
  })

  it.each<[string, string[], string, number]>([
    ['the wrong method', ['GET /reload HTTP/1.1', local], '', 405],
    ['an unknown method', ['BREW /reload HTTP/1.1', local], '', 400],
    ['the wrong type', ['POST /cache HTTP/1.1', local, AUTHORIZED], '{}', 415],
    ['another site', ['POST /reload HTTP/1.1', local, 'Origin: http://evil.test'], '', 403],
    ['a name pointed here', ['GET /status HTTP/1.1', 'Host: evil.test'], '', 403],
    ['no host', ['GET /status HTTP/1.1'], '', 400],
    ['a whole URL', ['GET http://evil.test/status HTTP/1.1', 'Host: evil.test'], '', 403],
    ['an asterisk', ['OPTIONS * HTTP/1.1', local], '', 400],
    ['no token', ['POST /reload HTTP/1.1', local], '', 401],
    ['a wrong token', ['POST /reload HTTP/1.1', local, 'Authorization: Bearer x'], '', 401],
    [
      'a body that is too large',
      ['POST /cache HTTP/1.1', local, jsonType, AUTHORIZED],
      'x'.repeat(1025),
      413,
    ],
    [
      'a body that is cut short',
      ['POST /cache HTTP/1.1', local, jsonType, 'Content-Length: 9'],
      '',
      401,
    ],
    [
      'a body that never comes',
      ['POST /cache HTTP/1.1', local, jsonType, AUTHORIZED, 'Content-Length: 9'],
      '{',
      408,
    ],
    ['headers that are too large', ['GET / HTTP/1.1', `A: ${'a'.repeat(20_000)}`], '', 431],
  ])('refuses %s, and changes nothing', async (_, lines, body, status) => {
    const { port, source } = await openTestAdmin('127.0.0.1', TOKEN)
    const hasLength = lines.some((line) => line.startsWith('Content-Length'))
    const length = hasLength ? [] : [`Content-Length: ${body.length}`]
    const [first = '', ...rest] = lines
    const answer = await exchange(port, [first, close, ...length, ...rest], body)
    expect(answer).toMatch(new RegExp(`^${status}( |$)`))
    expect([source.reloads, source.flushed.length]).toEqual([0, 0])
  })

  it('wants a token wherever others can reach it', async () => {
    const { port, source } = await openTestAdmin('', TOKEN)
    const get = (path: string, ...headers: string[]): Promise<string> =>
      exchange(port, [`GET ${path} HTTP/1.1`, 'Host: dns.test', close, ...headers])
    expect(await get('/status')).toMatch(/^401 /)
    expect(await get('/health')).toBe('200 OK')
    expect(await get('/status', AUTHORIZED)).toMatch(/^200 /)
    const reload = ['POST /reload HTTP/1.1', 'Host: dns.test', close, AUTHORIZED]
    expect(await exchange(port, [...reload, 'Content-Length: 0'])).toMatch(/^200 /)
    expect(source.reloads).toBe(1)
  })
})
