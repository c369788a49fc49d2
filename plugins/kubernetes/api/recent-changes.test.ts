import { seededRandom } from '@fingerpost/sdk/testing'
import { expect, it } from 'vitest'
import { Backoff } from './backoff.ts'
import { RecentChanges } from './recent-changes.ts'

it('takes for news what is later than the list and than the last change of the object', () => {
  const changes = new RecentChanges()
  changes.restart('100')
  expect(changes.isNews('a', '100')).toBe(false)
  expect(changes.isNews('a', '102')).toBe(true)
  expect(changes.isNews('a', '102')).toBe(false)
  expect(changes.isNews('b', '101')).toBe(true)
  expect(changes.isDeletionNews('a', '101')).toBe(false)
  expect(changes.isDeletionNews('a', '102')).toBe(true)
  expect(changes.isDeletionNews('listed', '50')).toBe(true)
  changes.restart('200')
  expect(changes.isNews('a', '150')).toBe(false)
})

it('takes what can not be compared for news', () => {
  const changes = new RecentChanges()
  changes.restart('abc')
  expect(changes.isNews('a', '1')).toBe(true)
  expect(changes.isNews('a', '')).toBe(true)
  expect(changes.isNews('a', 'xyz')).toBe(true)
})

it('remembers a bounded number of objects, those that changed last', () => {
  const changes = new RecentChanges()
  changes.restart('0')
  for (let i = 1; i <= 5000; i++) changes.isNews(`object ${i}`, String(i))
  expect(changes.isNews('object 5000', '4999')).toBe(false)
  expect(changes.isNews('object 1', '1')).toBe(true)
})

it('waits longer from failure to failure, up to a limit, and never the same for all', () => {
  const backoff = new Backoff(seededRandom(1))
  const delays = Array.from({ length: 12 }, () => backoff.next())
  expect(delays[0]).toBeLessThanOrEqual(200)
  expect(delays[0]).toBeGreaterThanOrEqual(100)
  expect(Math.max(...delays)).toBeLessThanOrEqual(2500)
  expect(delays.slice(5).every((delay) => delay >= 1250)).toBe(true)
  expect(new Set(delays.slice(5)).size).toBeGreaterThan(3)
  backoff.reset()
  expect(backoff.next()).toBeLessThanOrEqual(200)
  expect(backoff.next(7000)).toBeGreaterThanOrEqual(7000)
})
