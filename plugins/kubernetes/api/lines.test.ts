import { expect, it } from 'vitest'
import { LineReader } from './lines.ts'

const text = '{"a":1}\n\n{"ä":"€🙂"}\nrest'
const bytes = new TextEncoder().encode(text)

function linesOf(pieces: readonly Uint8Array[], maxLineBytes = 100): string[] {
  const lines: string[] = []
  const reader = new LineReader(maxLineBytes, (line) => lines.push(line))
  for (const piece of pieces) reader.push(piece)
  return lines
}

it('finds the same lines wherever the stream is cut, also within a character', () => {
  for (let at = 0; at <= bytes.length; at++) {
    expect(linesOf([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(['{"a":1}', '{"ä":"€🙂"}'])
  }
  expect(linesOf(Array.from(bytes, (octet) => Uint8Array.of(octet)))).toHaveLength(2)
})

it('refuses a line that is longer than it may be, whole or in pieces', () => {
  const line = new TextEncoder().encode('12345\n')
  expect(linesOf([line], 5)).toEqual(['12345'])
  expect(() => linesOf([line], 4)).toThrow('longer than 4 octets')
  expect(() => linesOf([line.subarray(0, 3), line.subarray(3, 5)], 4)).toThrow(RangeError)
})
