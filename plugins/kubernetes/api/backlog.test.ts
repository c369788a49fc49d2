import { FakeClock } from '@fingerpost/sdk/testing'
import { expect, it } from 'vitest'
import { Backlog } from './backlog.ts'

/** A backlog whose texts take so many milliseconds as they say. */
function open() {
  const turns: (() => void)[] = []
  const done: string[] = []
  const faults: string[] = []
  let nowMs = 0
  const run = (text: string): void => {
    if (text === 'bad') throw new Error('no good')
    nowMs += Number(text)
    done.push(text)
  }
  const clock = Object.assign(new FakeClock(), {
    now: () => nowMs,
    after(_: number, turn: () => void) {
      turns.push(turn)
      return { cancel() {} }
    },
  })
  const backlog = new Backlog(clock, run, ({ message }) => void faults.push(message))
  backlog.begin()
  return { backlog, done, faults, turns, nextTurn: () => turns.shift()?.() }
}

it('does at once what fits into a turn, and the rest turn by turn in its order', async () => {
  const { backlog, done, turns, nextTurn } = open()
  for (const text of ['0.5', '0.6', '0.7', '0.8', '2', '0.1']) backlog.add(text)
  expect(done).toEqual(['0.5', '0.6'])
  const drained = backlog.drain()
  nextTurn()
  expect(done).toEqual(['0.5', '0.6', '0.7', '0.8'])
  backlog.begin()
  backlog.add('0.2')
  nextTurn()
  expect(done.slice(4)).toEqual(['2'])
  nextTurn()
  await drained
  expect(done.slice(5)).toEqual(['0.1', '0.2'])
  expect(turns).toEqual([])
})

it('throws what goes wrong at once, and tells of what goes wrong later', async () => {
  const { backlog, done, faults, nextTurn } = open()
  expect(() => backlog.add('bad')).toThrow('no good')
  for (const text of ['2', '1', 'bad', '3']) backlog.add(text)
  const refused = expect(backlog.drain()).rejects.toThrow('no good')
  nextTurn()
  nextTurn()
  await refused
  expect([done, faults]).toEqual([['2', '1'], ['no good']])
  backlog.add('4')
  expect(done).toHaveLength(2)
})

it('does all at once where too much waits', () => {
  const { backlog, done } = open()
  backlog.add('2')
  const long = `${'0'.repeat(1024 * 1024)}1`
  for (let i = 0; i < 17; i++) backlog.add(long)
  expect(done.length).toBeGreaterThan(15)
})
