import { describe, expect, it } from 'vitest'
import { ask, loadCluster } from './test-cluster.ts'

const STEP_MS = 1000

describe('readiness of kubernetes', () => {
  it('stays whatever becomes of the API, unless it is told to go', async () => {
    const { clock, server, loaded } = await loadCluster()
    server.connect = 'refuse'
    server.cutAll()
    await clock.advance(3_600_000)
    expect(loaded.handler.ready?.()).toBe(true)
    expect(loaded.handler.mayBecomeUnready).toBe(false)
    await loaded.shutdown()
  })

  it('goes when the API is silent for longer than given, and comes back with it', async () => {
    const { clock, server, loaded } = await loadCluster('unready_after 2m')
    expect(loaded.handler.mayBecomeUnready).toBe(true)
    server.connect = 'refuse'
    server.cutAll()
    await clock.advance(119_000)
    expect(loaded.handler.ready?.()).toBe(true)
    await clock.advance(2000)
    expect(loaded.handler.ready?.()).toBe(false)
    expect(await ask(loaded, 'one')).toBe('10.96.0.1')
    server.connect = 'accept'
    await clock.advance(5000)
    expect(loaded.handler.ready?.()).toBe(true)
    await loaded.shutdown()
  })

  it('goes when one kind is not heard of any more, and when all that comes is refusals', async () => {
    for (const isOneKind of [true, false]) {
      const { clock, server, cluster, loaded } = await loadCluster('unready_after 1m')
      server.answer = (request) => {
        const isMeant = !isOneKind || request.target.includes('endpointslices')
        if (isMeant) request.refuse(500, 'etcd is unwell')
        else cluster.answer(request)
      }
      server.cutAll()
      await clock.advance(62_000)
      expect(loaded.handler.ready?.()).toBe(false)
      await loaded.shutdown()
    }
  })

  it('stays while nothing changes in a cluster whose API is well', async () => {
    const { clock, loaded } = await loadCluster('unready_after 1m')
    for (let i = 0; i < 600; i++) {
      await clock.advance(STEP_MS)
      expect(loaded.handler.ready?.()).toBe(true)
    }
    await loaded.shutdown()
  })
})
