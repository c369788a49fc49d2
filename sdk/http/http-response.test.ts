import { describe, expect, it } from 'vitest'
import { ResponseParser } from './http-response.ts'

/** What a parser makes of the pieces of a connection. */
function parse(pieces: readonly Uint8Array[], isEnded = false) {
  let status = 0
  let body = ''
  let field: string | undefined
  const parser = new ResponseParser({
    onHead(head) {
      status = head.status
      field = head.fields.get('x-field')
    },
    onBody(bytes, from, end) {
      body += String.fromCharCode(...bytes.subarray(from, end))
    },
  })
  for (const piece of pieces) parser.push(piece)
  if (isEnded) parser.end()
  return { status, body, field, isDone: parser.isDone, isPersistent: parser.isPersistent }
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0))

const responses: Record<string, { text: string; status?: number; body: string; ends?: true }> = {
  'of a given length': { text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello' },
  'without a body': { text: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, body: '' },
  'of length nought': { text: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', body: '' },
  chunked: {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n wor\r\nld!!\r\n0\r\n\r\n',
    body: 'hello wor\r\nld!!',
  },
  'chunked with trailers': {
    text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na: b\r\nc: d\r\n\r\n',
    body: 'x',
  },
  'after an interim one': {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
    body: 'x',
  },
  'with bare line feeds': { text: 'HTTP/1.1 200 OK\ncontent-length: 1\n\nx', body: 'x' },
  'until the connection ends': { text: 'HTTP/1.1 200\r\n\r\nhello', body: 'hello', ends: true },
}

describe.each(Object.entries(responses))('a response %s', (_, { text, status, body, ends }) => {
  const bytes = bytesOf(text)
  const whole = { status: status ?? 200, body, isDone: true, isPersistent: ends === undefined }

  it('is read the same wherever the stream is cut', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)]
      expect(parse(pieces, ends)).toMatchObject(whole)
    }
    const octets = Array.from(bytes, (octet) => Uint8Array.of(octet))
    expect(parse(octets, ends)).toMatchObject(whole)
  })

  it('is not taken for whole when it is cut short', () => {
    if (ends) return
    for (let at = 0; at < bytes.length; at++) {
      expect(parse([bytes.subarray(0, at)]).isDone).toBe(false)
      expect(() => parse([bytes.subarray(0, at)], true)).toThrow('ended in a response')
    }
  })
})

it('joins fields that come twice', () => {
  const text = 'HTTP/1.1 200 OK\r\nX-Field: a\r\nx-field:  b \r\ncontent-length: 0\r\n\r\n'
  expect(parse([bytesOf(text)]).field).toBe('a, b')
})

it.each([
  ['a server that says so', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['octets after the end', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nmore'],
])('does not keep the connection after %s', (_, text) => {
  expect(parse([bytesOf(text)])).toMatchObject({ isDone: true, isPersistent: false })
})

it.each([
  ['another protocol', 'SSH-2.0-server\r\n\r\n', 'no HTTP/1.1'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'no HTTP/1.1'],
  ['a field without a name', 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n', 'no name'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n', 'length'],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n', "'gzip'"],
  ['a chunk without a size', chunked('x\r\n'), 'size of a chunk'],
  ['a chunk of a huge size', chunked('fffffffffffff\r\n'), 'size of a chunk'],
  ['a chunk that goes on', chunked('1\r\nxy\r\n'), 'longer than it says'],
  ['a line of a chunk that has no end', chunked('0'.repeat(2000)), 'too long'],
  ['a head that has no end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, 'too long'],
  ['trailers that have no end', chunked(`0\r\n${'x: y\r\n'.repeat(20_000)}`), 'too long'],
])('refuses %s', (_, text, message) => {
  expect(() => parse([bytesOf(text)])).toThrow(message)
})

function chunked(body: string): string {
  return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`
}
