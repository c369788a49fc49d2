import { describe, expect, it } from 'vitest'
import { FrameReader } from './frame-reader.ts'
import { framed } from './test-peer.ts'

const messages = [new Uint8Array([1, 2, 3]), new Uint8Array([]), new Uint8Array(300).fill(7)]
const stream = framed(...messages)

function readAll(...chunks: readonly Uint8Array[]): Uint8Array[] {
  const reader = new FrameReader()
  const found: Uint8Array[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let frame = reader.next(); frame; frame = reader.next()) found.push(frame)
  }
  expect(reader.isInFrame).toBe(false)
  return found
}

describe('FrameReader', () => {
  it('finds all messages of one chunk', () => {
    expect(readAll(stream)).toEqual(messages)
  })

  it('finds the same messages wherever the stream is cut in two', () => {
    for (let at = 0; at <= stream.length; at++) {
      expect(readAll(stream.slice(0, at), stream.slice(at))).toEqual(messages)
    }
  })

  it('finds the same messages when octets come one by one', () => {
    expect(readAll(...Array.from(stream, (octet) => new Uint8Array([octet])))).toEqual(messages)
  })

  it('gives messages a buffer of their own', () => {
    const [first] = readAll(stream)
    expect(first?.buffer.byteLength).toBe(3)
  })

  it('keeps what was not taken before the next chunk', () => {
    const reader = new FrameReader()
    reader.push(stream.slice(0, 9))
    reader.push(stream.slice(9))
    expect([reader.next(), reader.next(), reader.next()]).toEqual(messages)
    expect(reader.next()).toBeUndefined()
  })

  it('says that it is within a message, also after one octet of the length', () => {
    const reader = new FrameReader()
    expect(reader.isInFrame).toBe(false)
    reader.push(new Uint8Array([0]))
    expect(reader.next()).toBeUndefined()
    expect(reader.isInFrame).toBe(true)
  })
})
