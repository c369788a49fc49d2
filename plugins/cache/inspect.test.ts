import { Name } from '@fingerpost/sdk'
import { loadPlugin, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import cache from './index.ts'

const all = { name: undefined, isSubtree: false, type: undefined }

/** A cache that has kept a few names, the last one negatively. */
async function filled() {
  const loaded = await loadPlugin(cache, 'cache', {
    next: (query) =>
      query.qname.toString().startsWith('no.')
        ? replyWith({
            rcode: 'NXDOMAIN',
            authority: ['example.org. 60 IN SOA ns. mail. 1 2 3 4 5'],
          })(query)
        : replyWith({ answer: [`${query.qname} 60 IN A 192.0.2.1`] })(query),
  })
  for (const name of ['example.org', 'www.example.org', 'www.example.com', 'no.example.org']) {
    await loaded.ask(name, 'A')
  }
  return { loaded, view: loaded.handler.cache! }
}

describe('a cache seen from outside', () => {
  it('tells how full it is', async () => {
    const { view } = await filled()
    expect(view.zones).toEqual(['.'])
    expect(view.stores).toMatchObject([
      { kind: 'success', count: 3, capacity: 10_000 },
      { kind: 'denial', count: 1, capacity: 10_000 },
    ])
  })

  it('lists entries, the latest first, with what is left of their time', async () => {
    const { loaded, view } = await filled()
    await loaded.host.clock.advance(10_000)
    expect(view.list(all, 10).map(({ name }) => name)).toEqual([
      'www.example.com.',
      'www.example.org.',
      'example.org.',
      'no.example.org.',
    ])
    expect(view.list(all, 1)).toMatchObject([
      { type: 'A', kind: 'success', rcode: 'NOERROR', ttlSeconds: 50, ageSeconds: 10 },
    ])
  })

  it.each([
    [{ ...all, name: Name.parseText('WWW.example.org.') }, 1],
    [{ ...all, name: Name.parseText('example.org.') }, 1],
    [{ ...all, name: Name.parseText('example.org.'), isSubtree: true }, 3],
    [{ ...all, type: 28 }, 0],
    [all, 4],
    [{ ...all, name: Name.root }, 0],
  ])('forgets what matches %j', async (filter, count) => {
    const { loaded, view } = await filled()
    expect(view.list(filter, 10)).toHaveLength(count)
    expect(view.flush(filter)).toBe(count)
    expect(view.list(all, 10)).toHaveLength(4 - count)
    const passed = loaded.passed.length
    await loaded.ask('www.example.org', 'A')
    const isGone = view.list({ ...all, name: Name.parseText('www.example.org.') }, 1).length
    expect(loaded.passed.length - passed <= 1 && isGone === 1).toBe(true)
  })
})
