import { Name } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { ZoneIndex } from './zone-index.ts'

const index = (...zones: string[]): ZoneIndex =>
  new ZoneIndex(zones.map((zone) => Name.parseText(zone)))

describe('ZoneIndex', () => {
  it.each([
    ['www.example.org', 'example.org.'],
    ['example.org', 'example.org.'],
    ['WWW.eXample.ORG', 'example.org.'],
    ['a.sub.example.org', 'sub.example.org.'],
    ['sub.example.org', 'sub.example.org.'],
    ['notexample.org', 'org.'],
    ['b.example.net', 'example.net.'],
    ['example.com', '.'],
    ['.', '.'],
  ])('counts %s under %s', (name, zone) => {
    const zones = index('org', 'Example.ORG', 'sub.example.org', 'example.net', 'example.org')
    expect(zones.names[zones.find(makeQuery(name, 'A'))]).toBe(zone)
  })

  it.each(['.', 'example.org.'])('needs not look where %s is the only zone', (zone) => {
    const zones = index(zone)
    expect(zones.names[zones.find(makeQuery('www.example.org', 'A'))]).toBe(zone)
  })

  it('knows a label from octets that look like one', () => {
    const zones = index('b.test', 'test')
    expect(zones.names[zones.find(makeQuery('a\\001b.test', 'A'))]).toBe('test.')
  })
})
