import { Name } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { ZoneTable } from './zone-table.ts'

const tableOf = (...zones: string[]): ZoneTable<string> => {
  const table = new ZoneTable<string>()
  for (const zone of zones) table.add(Name.parseText(zone), zone)
  return table
}

describe('ZoneTable', () => {
  it.each([
    ['www.example.org', 'example.org.'],
    ['example.org', 'example.org.'],
    ['EXAMPLE.ORG', 'example.org.'],
    ['a.sub.example.org', 'sub.example.org.'],
    ['notexample.org', 'org.'],
    ['example.com', '.'],
    ['.', '.'],
  ])('finds the longest zone for %s', (name, zone) => {
    const table = tableOf('.', 'org.', 'example.org.', 'sub.example.org.')
    expect(table.find(makeQuery(name, 'A'))).toBe(zone)
  })

  it('finds nothing outside of its zones', () => {
    expect(tableOf('example.org.').find(makeQuery('example.com', 'A'))).toBeUndefined()
  })

  it('takes the first value that accepts, then shorter zones', () => {
    const table = tableOf('example.org.', 'org.')
    table.add(Name.parseText('example.org'), 'second')
    const query = makeQuery('example.org', 'A')
    expect(table.find(query, (value) => value !== 'example.org.')).toBe('second')
    expect(table.find(query, (value) => value === 'org.')).toBe('org.')
  })

  it.each([
    ['sub.example.org', 'example.org.'],
    ['example.org', 'example.org.'],
  ])('prefers the parent side of a cut for DS of %s', (name, zone) => {
    expect(tableOf('.', 'example.org.', 'sub.example.org.').find(makeQuery(name, 'DS'))).toBe(zone)
  })

  it('takes the root for DS when there is nothing else', () => {
    expect(tableOf('.').find(makeQuery('example.org', 'DS'))).toBe('.')
  })
})
