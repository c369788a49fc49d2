import type { Endpoint, Token } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Log } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { systemClock } from '../runtime/clock.ts'
import { SidecarServer } from './sidecar-server.ts'
import { RawClient } from './test-client.ts'

const closing: SidecarServer[] = []
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
})

function makeSidecar(clock = systemClock) {
  const lines: string[] = []
  const metrics = new Metrics()
  const world = { unready: [] as string[], relapsed: [] as string[], asked: 0 }
  const sidecar = new SidecarServer({
    clock,
    log: new Log((line) => lines.push(line)),
    metrics,
    source: {
      unready: () => {
        world.asked++
        return world.unready
      },
      relapsed: () => world.relapsed,
      metricsText: async () => '# HELP a A.\n# TYPE a counter\na 1\n',
    },
  })
  closing.push(sidecar)
  return { sidecar, lines, metrics, world }
}

const at = (text: string): Token => ({
  text,
  source: { path: 'Corefile', lines: [text] },
  line: 1,
  column: 1,
  width: text.length,
})
const place = { address: '127.0.0.1', port: 0 }
const health = (where = place, lameduckMs = 0): Endpoint => ({
  kind: 'health',
  ...where,
  lameduckMs,
  at: at('health'),
})
const ready = (where = place, isContinuous = false): Endpoint => ({
  kind: 'ready',
  ...where,
  isContinuous,
  at: at('ready'),
})
const metricsAt = (where = place): Endpoint => ({
  kind: 'metrics',
  ...where,
  hasRuntimeMetrics: false,
  at: at('prometheus'),
})

const profiles = (where = place): Endpoint => ({ kind: 'pprof', ...where, at: at('pprof') })

interface Profile {
  readonly nodes: readonly unknown[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** An address that is free now. */
async function freePlace(): Promise<typeof place> {
  const { sidecar } = makeSidecar()
  await sidecar.reconcile([ready()])
  const found = { address: '127.0.0.1', port: sidecar.places[0]?.port ?? 0 }
  await sidecar.close()
  return found
}

/** Status and body; on a connection of its own, which `fetch` would keep and use again. */
async function ask(port = 0, path = '', method = 'GET'): Promise<string> {
  const client = await RawClient.connect(port)
  await client.send(`${method} ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
  const [head = '', body] = (await client.closed()).split('\r\n\r\n')
  return `${head.split(' ')[1]} ${body}`
}

describe('the sidecar', () => {
  it('serves the endpoints that share an address', async () => {
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([health(), ready(), metricsAt()])
    const [{ port } = place, ...others] = sidecar.places
    expect(others).toEqual([])
    expect(await ask(port, '/health')).toBe('200 OK')
    expect(await ask(port, '/ready')).toBe('200 OK')
    expect(await ask(port, '/metrics')).toBe('200 # HELP a A.\n# TYPE a counter\na 1\n')
    expect(await ask(port, '/other')).toBe('404 404 page not found\n')
    expect(await ask(port, '/health', 'POST')).toMatch(/^405 .*method-not-allowed/)
    const { headers } = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('takes localhost and 127.0.0.1 for one address', async () => {
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([health({ address: 'localhost', port: 0 }), ready()])
    expect(sidecar.places).toHaveLength(1)
    expect(await ask(sidecar.places[0]?.port, '/ready')).toBe('200 OK')
  })

  it('serves profiles of the process, one at a time', async () => {
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([profiles()])
    const [{ port } = place] = sidecar.places
    expect(await ask(port, '/debug/pprof/')).toMatch(/^200 [\s\S]*profile\?seconds=N/)
    expect(await ask(port, '/debug/pprof/cmdline')).toBe(`200 ${process.argv.join('\0')}`)
    const path = '/debug/pprof/profile?seconds=1'
    const first = fetch(`http://127.0.0.1:${port}${path}`)
    await expect.poll(() => ask(port, path)).toMatch(/^503 .*"busy"/)
    const response = await first
    expect(response.headers.get('content-disposition')).toContain('.cpuprofile')
    const profile = (await response.json()) as Profile
    expect(profile.nodes.length).toBeGreaterThan(0)
    expect(profile.samples.length).toBe(profile.timeDeltas.length)
    for (const seconds of ['0', '51', 'x', '1.5', '']) {
      expect(await ask(port, `/debug/pprof/profile?seconds=${seconds}`)).toMatch(/^400 .*1 to 50/)
    }
    expect(await ask(port, '/debug/pprof/heap')).toMatch(/^501 .*not-available.*resident/)
    expect(await ask(port, '/metrics')).toMatch(/^404/)
  })

  it('serves only what was asked for at an address', async () => {
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([ready()])
    expect(await ask(sidecar.places[0]?.port, '/health')).toMatch(/^404/)
    expect(await ask(sidecar.places[0]?.port, '/metrics')).toMatch(/^404/)
    expect(await ask(sidecar.places[0]?.port, '/debug/pprof/')).toMatch(/^404/)
  })

  it('hands a listener that stays to the next generation', async () => {
    const { sidecar } = makeSidecar()
    const [first, second] = [await freePlace(), await freePlace()]
    await sidecar.reconcile([health(first)])
    expect(await ask(first.port, '/health')).toBe('200 OK')
    await sidecar.reconcile([health(first), ready(first), metricsAt(second)])
    expect(await ask(first.port, '/ready')).toBe('200 OK')
    expect(await ask(second.port, '/metrics')).toMatch(/^200/)
    await sidecar.reconcile([metricsAt(second)])
    await expect(ask(first.port, '/health')).rejects.toThrow()
    expect(await ask(second.port, '/metrics')).toMatch(/^200/)
  })

  it('serves nothing on new listeners before the change is committed', async () => {
    const { sidecar } = makeSidecar()
    const where = await freePlace()
    const change = await sidecar.prepare([health(where)])
    expect(await ask(where.port, '/health')).toMatch(/^503/)
    await change.commit()
    expect(await ask(where.port, '/health')).toBe('200 OK')
  })

  it('closes new listeners when the change is given up', async () => {
    const { sidecar } = makeSidecar()
    const [first, second] = [await freePlace(), await freePlace()]
    await sidecar.reconcile([health(first)])
    const change = await sidecar.prepare([ready(second)])
    await change.abort()
    await expect(ask(second.port, '/ready')).rejects.toThrow()
    expect(await ask(first.port, '/health')).toBe('200 OK')
  })

  it('points at the directives whose addresses are taken, and changes nothing', async () => {
    const other = makeSidecar()
    const [taken, mine, fresh] = [await freePlace(), await freePlace(), await freePlace()]
    await other.sidecar.reconcile([health(taken)])
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([health(mine)])
    const failure = sidecar.reconcile([ready(fresh), metricsAt(taken)])
    await expect(failure).rejects.toMatchObject({
      errors: [
        {
          code: 'listen',
          message: `listen tcp 127.0.0.1:${taken.port}: address already in use`,
          at: { text: 'prometheus' },
        },
      ],
    })
    expect(await ask(mine.port, '/health')).toBe('200 OK')
    await expect(ask(fresh.port, '/ready')).rejects.toThrow()
  })

  it('moves from one address to all addresses of a port, and back', async () => {
    const { sidecar } = makeSidecar()
    const one = await freePlace()
    const all = { address: '', port: one.port }
    for (const where of [one, all, one]) {
      await sidecar.reconcile([health(where)])
      expect(await ask(one.port, '/health')).toBe('200 OK')
      expect(sidecar.places).toEqual([where])
    }
  })

  it('takes an address back when the change to all addresses is refused', async () => {
    const other = makeSidecar()
    const [taken, one] = [await freePlace(), await freePlace()]
    await other.sidecar.reconcile([health(taken)])
    const { sidecar } = makeSidecar()
    await sidecar.reconcile([health(one)])
    const wanted = [health({ address: '', port: one.port }), ready(taken)]
    await expect(sidecar.reconcile(wanted)).rejects.toThrow()
    expect(await ask(one.port, '/health')).toBe('200 OK')
  })
})

describe('readiness', () => {
  it('names the plugins to wait for, sorted', async () => {
    const { sidecar, world, lines } = makeSidecar()
    world.unready = ['kubernetes', 'auto']
    await sidecar.reconcile([ready()])
    expect(await ask(sidecar.places[0]?.port, '/ready')).toBe('503 auto,kubernetes')
    expect(lines).toEqual(['[INFO] plugin/ready: Plugins not ready: "auto,kubernetes"'])
  })

  it.each([
    [false, '200 OK'],
    [true, '503 kubernetes'],
  ])(
    'continuously %s: a plugin that was ready and is not any more gives %s',
    async (mode, last) => {
      const { sidecar, world } = makeSidecar()
      world.unready = ['kubernetes']
      await sidecar.reconcile([ready(place, mode)])
      const port = sidecar.places[0]?.port
      expect(await ask(port, '/ready')).toBe('503 kubernetes')
      world.unready = []
      expect(await ask(port, '/ready')).toBe('200 OK')
      world.unready = ['kubernetes']
      expect(await ask(port, '/ready')).toBe(last)
    },
  )

  it('asks a plugin each time that wants it, whatever the mode', async () => {
    const { sidecar, world } = makeSidecar()
    await sidecar.reconcile([ready()])
    const port = sidecar.places[0]?.port
    expect(await ask(port, '/ready')).toBe('200 OK')
    world.unready = ['auto', 'kubernetes']
    world.relapsed = ['kubernetes']
    expect(await ask(port, '/ready')).toBe('503 kubernetes')
    world.relapsed = []
    expect(await ask(port, '/ready')).toBe('200 OK')
  })

  it('starts anew with the next generation', async () => {
    const { sidecar, world } = makeSidecar()
    const where = await freePlace()
    await sidecar.reconcile([ready(where)])
    expect(await ask(where.port, '/ready')).toBe('200 OK')
    world.unready = ['kubernetes']
    await sidecar.reconcile([ready(where)])
    expect(await ask(where.port, '/ready')).toBe('503 kubernetes')
  })
})

describe('the end', () => {
  it('is announced, and everything goes on for the time that health grants', async () => {
    const clock = new FakeClock()
    const { sidecar, lines } = makeSidecar(clock)
    await sidecar.reconcile([health(place, 5000), ready(), metricsAt()])
    const port = sidecar.places[0]?.port
    let isOver = false
    const ending = sidecar.lameduck().then(() => {
      isOver = true
    })
    expect(await ask(port, '/ready')).toBe('503 Shutting down')
    expect(await ask(port, '/health')).toBe('200 OK')
    expect(await ask(port, '/metrics')).toMatch(/^200/)
    await clock.advance(4999)
    expect(isOver).toBe(false)
    await clock.advance(1)
    await ending
    expect(lines).toContain('[INFO] plugin/health: Going into lameduck mode for 5s')
  })

  it('comes at once when no time is granted', async () => {
    const { sidecar } = makeSidecar(new FakeClock())
    await sidecar.reconcile([health(), ready()])
    await sidecar.lameduck()
    expect(await ask(sidecar.places[0]?.port, '/ready')).toBe('503 Shutting down')
  })

  it('leaves no timer behind', async () => {
    const clock = new FakeClock()
    const { sidecar } = makeSidecar(clock)
    await sidecar.reconcile([health()])
    await sidecar.close()
    expect(clock.openTimers).toBe(0)
  })
})

describe('the health probe', () => {
  const observed = (metrics: Metrics): number => {
    const name = 'coredns_health_request_duration_seconds'
    const family = [...metrics.families()].find((one) => one.name === name)
    const [series] = family?.series.values() ?? []
    return series?.buckets?.reduce((sum, count) => sum + count, 0) ?? 0
  }

  it('asks once a second and notes how long it took', async () => {
    const clock = new FakeClock()
    const { sidecar, metrics, lines } = makeSidecar(clock)
    await sidecar.reconcile([health()])
    for (let count = 1; count <= 2; count++) {
      await clock.advance(1000)
      await expect.poll(() => observed(metrics), { interval: 5 }).toBe(count)
    }
    expect(metrics.value('coredns_health_request_failures_total')).toBe(0)
    expect(lines).toEqual([])
  })

  it('warns when it takes more than a second', async () => {
    const clock = new FakeClock()
    const { sidecar, metrics, lines } = makeSidecar(clock)
    await sidecar.reconcile([health()])
    // The probe is under way when the clock moves on.
    await clock.advance(1000)
    await clock.advance(1500)
    await expect.poll(() => observed(metrics), { interval: 5 }).toBe(1)
    expect(lines[0]).toMatch(
      /^\[WARNING\] plugin\/health: Local health request to "http:\/\/127.0.0.1:\d+\/health" took more than 1s: 1.5s$/,
    )
  })

  it('ends with its endpoint', async () => {
    const clock = new FakeClock()
    const { sidecar, metrics } = makeSidecar(clock)
    const where = await freePlace()
    await sidecar.reconcile([health(where), ready(where)])
    await sidecar.reconcile([ready(where)])
    await clock.advance(5000)
    expect(observed(metrics)).toBe(0)
  })
})
