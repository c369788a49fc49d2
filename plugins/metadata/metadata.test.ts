import { type Message, Metadata } from '@fingerpost/sdk'
import {
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import metadata from './index.ts'

describe('metadata', () => {
  it('asks the plugin that a name begins with, once for each query', async () => {
    const asked: string[] = []
    const get = (label: string, { qname }: { qname: unknown }): string => {
      asked.push(label)
      return `${label} of ${qname}`
    }
    const host = fakeHost({
      plugin: 'metadata',
      offers: { geo: { metadata: { get } }, other: { metadata: { get: () => 'wrong' } } },
    })
    const loaded = await loadPlugin(metadata, 'metadata', { host })
    let found: Metadata | undefined
    loaded.next = (query): Message => {
      found = query.with({ qtype: 28 }).metadata
      return query.reply()
    }
    await loaded.ask('a.test A')
    expect(asked).toEqual([])
    expect(found?.get('geo/country')).toBe('country of a.test.')
    expect(found?.get('geo/country')).toBe('country of a.test.')
    expect(asked).toEqual(['country'])
    expect(found?.get('nosuch/label')).toBeUndefined()
    found?.set('forward/upstream', '192.0.2.1:53')
    expect(found?.get('forward/upstream')).toBe('192.0.2.1:53')
  })

  it('is there in its zones only', async () => {
    const loaded = await loadPlugin(metadata, 'metadata a.test', { zones: ['.'] })
    const seen: boolean[] = []
    loaded.next = (query): Message => {
      seen.push(query.metadata instanceof Metadata)
      return query.reply()
    }
    for (const name of ['x.A.test A', 'a.test A', 'b.test A']) await loaded.ask(makeQuery(name))
    expect(seen).toEqual([true, true, false])
  })

  it('begins anew with every query of its own', async () => {
    const loaded = await loadPlugin(metadata, 'metadata')
    const query = makeQuery('a.test A')
    query.metadata = new Metadata([], makeQuery('b.test A'))
    const { metadata: before } = query
    loaded.next = (asked): Message => asked.reply()
    await loaded.ask(query)
    expect(query.metadata).not.toBe(before)
  })

  testOptions(
    metadata,
    [
      { text: 'metadata', options: { args: [[]] } },
      { text: 'metadata A.test b.test', options: { args: [['a.test.', 'b.test.']] } },
      { text: 'metadata bad..name', error: /zone/, at: 'bad..name' },
      { text: 'metadata {\n nosuch\n}', error: /nosuch/ },
    ],
    { it },
  )

  lifeCycleSuite(metadata, 'metadata', { it, query: 'example.org A' })
})
