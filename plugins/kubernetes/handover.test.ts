import { type LoadedPlugin, loadPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import kubernetes from './index.ts'
import { ask, corefileWith, loadCluster, makeCluster, service } from './test-cluster.ts'

const LISTS = 3

/** Loads the next generation beside the running one, whose shutdown is left to the test. */
async function successorOf(loaded: LoadedPlugin, options = ''): Promise<LoadedPlugin> {
  const host = loaded.host.successor({ inherited: loaded.handler.handover?.() })
  const next = await loadPlugin(kubernetes, corefileWith(options), { host })
  return next as unknown as LoadedPlugin
}

describe('a reload of kubernetes', () => {
  it.each(['', 'ttl 30', 'pods insecure', 'fallthrough', 'startup_timeout 1s'])(
    'with the same access (%s) neither lists anew nor ends a watch',
    async (options) => {
      const { clock, server, cluster, loaded } = await loadCluster()
      server.takeTargets()
      const next = await successorOf(loaded, options)
      expect(await ask(next, 'one')).toBe('10.96.0.1')
      await loaded.shutdown()
      await clock.advance(5000)
      expect(server.takeTargets()).toEqual([])
      cluster.put('Service', service('one', '10.96.0.99'))
      await clock.settle()
      expect(await ask(next, 'one')).toBe('10.96.0.99')
      expect(server.openSockets).toBe(LISTS)
      await next.shutdown()
      expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
    },
  )

  it('keeps the names while the API is away, and hears of it again', async () => {
    const { clock, server, cluster, loaded } = await loadCluster()
    server.connect = 'refuse'
    server.cutAll()
    await clock.advance(30_000)
    const second = await loaded.reload()
    const third = await second.reload()
    expect(third.handler.ready?.()).toBe(true)
    expect(await ask(third, 'one')).toBe('10.96.0.1')
    expect(await ask(third, 'nosuch')).toBe('NXDOMAIN')
    cluster.remove('Service', 'one', 'prod')
    server.connect = 'accept'
    await clock.advance(5000)
    expect(await ask(third, 'one')).toBe('NXDOMAIN')
    await third.shutdown()
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })

  it.each(['labels app=web', 'namespaces prod', 'noendpoints', 'pods verified'])(
    'that asks for something else (%s) lists anew, while the old one serves',
    async (options) => {
      const { clock, server, cluster, loaded } = await loadCluster()
      server.takeTargets()
      server.answer = () => {}
      const reloaded = successorOf(loaded, options)
      await clock.advance(1000)
      expect(await ask(loaded, 'one')).toBe('10.96.0.1')
      cluster.put('Service', service('one', '10.96.0.99'))
      expect(await ask(loaded, 'one')).toBe('10.96.0.99')
      server.answer = cluster.answer
      for (const request of server.requests.splice(0)) cluster.answer(request)
      const next = await reloaded
      await loaded.shutdown()
      expect(await ask(next, 'one')).toBe('10.96.0.99')
      await next.shutdown()
      expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
    },
  )

  it('to an API that is not there waits for it no longer than startup_timeout', async () => {
    const { clock, server, loaded } = await loadCluster()
    server.connect = 'hang'
    let isReloaded = false
    const reloaded = successorOf(loaded, 'labels a=b\n startup_timeout 2s').finally(() => {
      isReloaded = true
    })
    await clock.advance(1900)
    expect(isReloaded).toBe(false)
    await clock.advance(200)
    const next = await reloaded
    expect(await ask(next, 'one')).toBe('SERVFAIL')
    expect(next.handler.ready?.()).toBe(false)
    await loaded.shutdown()
    await next.shutdown()
    await clock.advance(5000)
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })

  it('that is refused in the end leaves the running one its watches', async () => {
    const { clock, server, cluster, loaded } = await loadCluster()
    const refused = await successorOf(loaded)
    await refused.shutdown()
    cluster.put('Service', service('one', '10.96.0.99'))
    await clock.settle()
    expect(await ask(loaded, 'one')).toBe('10.96.0.99')
    await loaded.shutdown()
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })

  it('takes a kubeconfig that says something else for another cluster', async () => {
    const { clock, server, cluster, host } = makeCluster()
    cluster.put('Namespace', { metadata: { name: 'prod' } })
    const write = (address: string): void =>
      host.files.set(
        '/kubeconfig',
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'c' } }],
          clusters: [{ name: 'c', cluster: { server: `http://${address}` } }],
        }),
      )
    write('192.0.2.1')
    const corefile = 'kubernetes cluster.local {\n kubeconfig /kubeconfig\n}'
    const first = await loadPlugin(kubernetes, corefile, { host })
    const second = await first.reload()
    expect(new Set(server.dialled.map(({ address }) => address))).toEqual(new Set(['192.0.2.1']))
    write('192.0.2.2')
    const third = await second.reload()
    expect(server.dialled.at(-1)?.address).toBe('192.0.2.2')
    await third.shutdown()
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })
})
