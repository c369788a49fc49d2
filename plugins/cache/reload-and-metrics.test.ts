import {
  fakeHost,
  fakeListener,
  type LoadedPlugin,
  loadPlugin,
  type NextAnswer,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import cache from './index.ts'

const soa = 'example.org. 60 IN SOA ns.example.org. mail.example.org. 1 7200 1800 86400 30'

/** An upstream whose nth reply for all names has the address 192.0.2.n and the TTL given. */
function counting(ttlSeconds: number, flags = 'ra'): NextAnswer {
  let count = 0
  return (query) =>
    replyWith({ answer: [`${query.qname} ${ttlSeconds} IN A 192.0.2.${++count}`], flags })(query)
}

describe('metrics', () => {
  it('are those of CoreDNS, by server, type and zones', async () => {
    const loaded = await loadPlugin(cache, 'cache', {
      zones: ['example.org.', 'example.net.'],
      next: (query) =>
        query.qtype === 1 ? counting(60)(query) : replyWith({ authority: [soa] })(query),
    })
    for (const type of ['A', 'A', 'A', 'AAAA', 'AAAA']) await loaded.ask('www.example.org', type)
    const { metrics } = loaded.host
    const where = { server: fakeListener().label, zones: 'example.org.,example.net.', view: '' }
    const values: [string, object, number][] = [
      ['requests_total', {}, 5],
      ['misses_total', {}, 2],
      ['hits_total', { type: 'success' }, 2],
      ['hits_total', { type: 'denial' }, 1],
      ['entries', { type: 'success' }, 1],
      ['entries', { type: 'denial' }, 1],
      ['drops_total', {}, 0],
      ['evictions_total', { type: 'success' }, 0],
      ['prefetch_total', {}, 0],
      ['served_stale_total', {}, 0],
    ]
    for (const [name, labels, value] of values) {
      expect(metrics.value(`coredns_cache_${name}`, { ...where, ...labels })).toBe(value)
    }
  })

  it('keep the listeners apart', async () => {
    const tcp = fakeListener({ transport: 'tcp', index: 3, label: 'tls://.:853' })
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask('www.example.org', 'A', { listener: tcp })
    const hits = (server: string): number =>
      loaded.host.metrics.value('coredns_cache_hits_total', { server })
    expect(hits(tcp.label)).toBe(1)
    expect(hits(fakeListener().label)).toBe(0)
  })
})

describe('a reload', () => {
  const reloadFrom = async (text: string, reloaded: string): Promise<LoadedPlugin> => {
    const loaded = await loadPlugin(cache, text, { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    const second = await loaded.reload(reloaded)
    await second.ask('www.example.org', 'A')
    return second
  }

  it.each([
    ['cache', 'cache'],
    ['cache 30', 'cache 30 {\n serve_stale\n prefetch 2\n}'],
    ['cache {\n servfail 5s\n}', 'cache'],
  ])('from %j to %j keeps the entries', async (text, reloaded) => {
    expect((await reloadFrom(text, reloaded)).passed).toHaveLength(0)
  })

  it.each([
    ['cache', 'cache 30'],
    ['cache', 'cache org'],
    ['cache', 'cache {\n success 5000\n}'],
    ['cache', 'cache {\n disable success\n}'],
  ])('from %j to %j begins anew', async (text, reloaded) => {
    expect((await reloadFrom(text, reloaded)).passed).toHaveLength(1)
  })

  it('begins anew when what it is handed is not its own', async () => {
    const host = fakeHost({ plugin: 'cache', inherited: { signature: '' } })
    const loaded = await loadPlugin(cache, 'cache', { host, next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(1)
  })
})
