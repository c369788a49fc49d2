import { describe, expect, it } from 'vitest'
import { lineWriter, MAX_HELD_LENGTH } from './line-writer.ts'
import type { LineWriter } from './runtime.ts'

/** A descriptor that takes so many octets at a time; -1 for a full pipe. */
function descriptor(...takes: number[]): { writes: string[]; writer: LineWriter } {
  const writes: string[] = []
  const writer = lineWriter((bytes) => {
    const take = takes.shift() ?? bytes.length
    if (take === -1) throw Object.assign(new Error('full'), { code: 'EAGAIN' })
    if (take === -2) throw Object.assign(new Error('gone'), { code: 'EPIPE' })
    writes.push(new TextDecoder().decode(bytes.subarray(0, take)))
    return Math.min(take, bytes.length)
  })
  return { writes, writer }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('lineWriter', () => {
  it('writes the lines of one turn together, after the turn', async () => {
    const { writes, writer } = descriptor()
    writer.write('one')
    writer.write('two')
    expect(writes).toEqual([])
    await turn()
    expect(writes).toEqual(['one\ntwo\n'])
    writer.write('three')
    await turn()
    expect(writes).toEqual(['one\ntwo\n', 'three\n'])
  })

  it('goes on where a write stopped', async () => {
    const { writes, writer } = descriptor(2)
    writer.write('abcdef')
    await turn()
    expect(writes).toEqual(['ab', 'cdef\n'])
  })

  it('flushes at once, also what a full pipe had refused', async () => {
    const { writes, writer } = descriptor(-1, -1)
    writer.write('one')
    await turn()
    writer.write('two')
    expect(writes).toEqual([])
    writer.flush()
    expect(writes.join('')).toBe('one\ntwo\n')
  })

  it('drops and counts lines beyond what it may hold', async () => {
    const { writes, writer } = descriptor()
    const line = 'x'.repeat(MAX_HELD_LENGTH / 2)
    writer.write(line)
    writer.write(line)
    expect(writer.droppedCount).toBe(1)
    await turn()
    expect(writes.join('')).toBe(`${line}\n`)
    writer.write('short')
    writer.flush()
    expect(writer.droppedCount).toBe(1)
  })

  it('gives up when the reader is gone', async () => {
    const { writes, writer } = descriptor(-2)
    writer.write('one')
    await turn()
    writer.write('two')
    writer.flush()
    expect(writes).toEqual([])
    expect(writer.droppedCount).toBe(1)
  })
})
