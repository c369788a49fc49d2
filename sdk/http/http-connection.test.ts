import { describe, expect, it } from 'vitest'
import { fakeHost } from '../testing/fake-host.ts'
import { ScriptedHttp } from '../testing/scripted-http.ts'
import { type HttpCall, HttpConnection } from './http-connection.ts'

function open() {
  const { clock } = fakeHost()
  const server = new ScriptedHttp(clock)
  const connection = new HttpConnection({
    network: server,
    clock,
    authority: 'api.example',
    target: async () => ({ address: '192.0.2.1', port: 80, timeoutMs: 3000 }),
  })
  let body = ''
  /** Asks, and gives `ok`, or the message of the error. */
  const get = (changes: Partial<HttpCall> = {}): Promise<string> =>
    connection
      .ask({
        target: '/path?a=b',
        fields: [['accept', 'application/json']],
        headMs: 1000,
        silenceMs: 2000,
        totalMs: 10_000,
        onHead: () => {},
        onBody: (bytes, from, end) => {
          body += new TextDecoder().decode(bytes.subarray(from, end))
        },
        ...changes,
      })
      .then(
        () => 'ok',
        (error: Error) => error.message,
      )
  return { clock, server, connection, get, bodyOf: () => body }
}

describe('a connection', () => {
  it('sends the request and is kept for the next', async () => {
    const { clock, server, get, bodyOf } = open()
    for (const text of ['one', 'two']) {
      const got = get()
      await clock.settle()
      server.last.respond(text)
      expect(await got).toBe('ok')
    }
    expect(bodyOf()).toBe('"one""two"')
    expect(Object.fromEntries(server.last.fields)).toMatchObject({
      host: 'api.example',
      accept: 'application/json',
    })
    expect([server.dialled.length, server.openSockets, clock.openTimers]).toEqual([1, 1, 0])
  })

  it('sends a body by POST, its length in octets', async () => {
    const { server, get } = open()
    server.answer = (request) => request.respond('x')
    expect(await get({ body: new TextEncoder().encode('{"name":"grün"}') })).toBe('ok')
    expect(server.last.method).toBe('POST')
    expect(server.last.fields.get('content-length')).toBe('16')
    expect(server.last.body).toBe('{"name":"grün"}')
  })

  it('is made anew when the server ended it in between, or as the request was sent', async () => {
    const { clock, server, get } = open()
    let isFirst = true
    server.answer = (request) => {
      if (server.requests.length === 3 && isFirst) {
        isFirst = false
        request.cut()
      } else {
        request.respond('x')
      }
    }
    await get()
    server.last.cut()
    expect(await get()).toBe('ok')
    expect(server.dialled).toHaveLength(2)
    expect(await get()).toBe('ok')
    expect([server.dialled.length, server.requests.length]).toEqual([3, 4])
    expect(clock.openTimers).toBe(0)
  })

  it('is not kept when something comes that was not asked for', async () => {
    const { server, get } = open()
    server.answer = (request) => request.respond('x')
    await get()
    server.last.send('HTTP/1.1 408 Timeout\r\n\r\n')
    expect(server.openSockets).toBe(0)
  })

  it('gives up when the answer takes too long, goes silent, or never ends', async () => {
    const { clock, server, get } = open()
    const first = get()
    await clock.advance(1000)
    expect(await first).toBe('the server did not answer')
    const second = get()
    await clock.settle()
    server.last.begin()
    await clock.advance(1500)
    server.last.chunk('x')
    await clock.advance(1500)
    server.last.chunk('x')
    await clock.advance(2000)
    expect(await second).toBe('the server has gone silent')
    const third = get()
    await clock.settle()
    server.last.begin()
    for (let i = 0; i < 10; i++) {
      await clock.advance(1000)
      server.last.chunk('x')
    }
    expect(await third).toBe('the answer took too long')
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })

  it('does not wait longer for being made than for an answer', async () => {
    const { clock, server, get } = open()
    server.connect = 'hang'
    const got = get()
    await clock.advance(1000)
    expect(await got).toBe('the server did not answer')
    await clock.advance(5000)
    expect(clock.openTimers).toBe(0)
  })

  it('fails with what went wrong', async () => {
    const { clock, server, connection, get } = open()
    const cut = get()
    await clock.settle()
    server.last.begin()
    server.last.cut(new Error('ECONNRESET'))
    expect(await cut).toBe('the connection ended: ECONNRESET')
    server.answer = (request) => request.send('nonsense\r\n\r\n')
    expect(await get()).toBe('this is no HTTP/1.1 response')
    server.answer = (request) => request.respond('x')
    const onHead = (): void => {
      throw new Error('not wanted')
    }
    expect(await get({ onHead })).toBe('not wanted')
    expect(await get({ fields: [['authorization', 'a\r\nb']] })).toContain('odd characters')
    server.connect = 'refuse'
    expect(await get()).toBe('ECONNREFUSED')
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
    connection.close()
    server.connect = 'accept'
    expect(await get()).toBe('the connection was closed')
  })

  it('ends with what is under way when it is closed, also while it is made', async () => {
    for (const isMade of [false, true]) {
      const { clock, server, connection, get } = open()
      const got = get()
      if (isMade) await clock.settle()
      connection.close()
      expect(await got).toBe('the connection was closed')
      await clock.settle()
      expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
    }
  })
})
