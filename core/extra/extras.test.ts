import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, ConfigErrors, type Endpoint } from '@fingerpost/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { LastGood } from '../last-good.ts'
import type { Sidecar } from '../sidecar/sidecar.ts'
import { makeWorld } from '../test-lifecycle.ts'
import type { ExtraReport, ExtraSource } from './extra-source.ts'

const BASE = '(common) {\n say common\n}\n. {\n say base\n}\n'

/** A life-cycle with extra texts that a test changes, by path. */
function makeExtras(texts: Record<string, string>, options: Parameters<typeof makeWorld>[0] = {}) {
  const reports: ExtraReport[] = []
  let changed = (): void => {}
  const source: ExtraSource = {
    read: async () => ({
      texts: Object.entries(texts).map(([path, text]) => ({ path, text })),
      files: [],
      directories: [],
      warnings: [],
    }),
    follow(onChange) {
      changed = onChange
      return () => {}
    },
    report: (report) => reports.push(report),
  }
  const world = makeWorld({ extras: [source], ...options })
  world.write(BASE)
  const states = (): Record<string, string> =>
    Object.fromEntries(
      world.lifecycle.extras.map(({ extra, reason }) => [extra.path, reason.split('\n')[0] ?? '']),
    )
  return { ...world, texts, reports, states, change: () => changed() }
}

const GOOD = 'b.test {\n import common\n}\n'

const faulty: [fault: string, text: string, message: string][] = [
  ['a mistake', 'c.test {\n sya x\n}', "x:2:2: error: unknown directive 'sya'"],
  ['a missing brace', 'c.test {\n say x\n', "x:1:8: error: this '{' is never closed"],
  ['bad options', 'c.test {\n say\n}', 'x:2:2: error: '],
  ['a plugin that throws', 'c.test {\n say fail\n}', 'x:2:2: error: plugin/say: say fails'],
  ['a plugin that is absent', 'c.test {\n absent\n}', 'x:2:2: error: this version has no plugin'],
  [
    'the reserved snippet',
    '(common) {\n say x\n}\nc.test {\n say x\n}',
    "x:1:1: error: redeclaration of the snippet 'common'",
  ],
  [
    'a zone of the base',
    '. {\n say x\n}',
    'x:1:1: error: cannot serve dns://.:53 - it is already defined at Corefile:4:1',
  ],
  [
    'a zone of an extra before it',
    'b.test {\n say x\n}',
    'x:1:1: error: cannot serve dns://b.test.:53 - it is already defined at a:1:1',
  ],
  [
    "the base's port at an address",
    'c.test {\n bind 192.0.2.1\n say x\n}',
    'x:1:1: error: cannot serve dns://c.test.:53 on 192.0.2.1 - it shares the port with dns://.:53',
  ],
  ['a port that is taken', 'c.test:99 {\n say x\n}', 'x:1:1: error: listen udp dns://:99: address'],
  ['a transport that is not served', 'quic://c.test {\n say x\n}', 'x:1:1: error: this version'],
]

describe('extra configuration', () => {
  it('is served beside the base, with its snippets', async () => {
    const world = makeExtras({ a: GOOD, x: '(own) {\n say own\n}\nc.test {\n import own\n}' })
    await world.lifecycle.start()
    expect(await world.ask()).toBe('base')
    expect(await world.ask('www.b.test')).toBe('common')
    expect(await world.ask('c.test')).toBe('own')
    expect(world.states()).toEqual({ a: '', x: '' })
    expect(world.metrics.value('fingerpost_extra_config_quarantined', 'a')).toBe(0)
    await world.lifecycle.stop()
    expect(world.events.filter((event) => event.startsWith('shutdown'))).toHaveLength(3)
  })

  it.each(faulty)('with %s is quarantined alone at start, and mended', async (_, text, message) => {
    const world = makeExtras({ a: GOOD, x: text, z: 'z.test {\n say last\n}' })
    world.busy.add('dns://:99')
    await world.lifecycle.start()
    expect(await world.ask()).toBe('base')
    expect(await world.ask('b.test')).toBe('common')
    expect(await world.ask('z.test')).toBe('last')
    expect(await world.ask('c.test')).toBe('base')
    expect(world.states()).toEqual({ a: '', x: expect.stringContaining(message), z: '' })
    expect(world.lines.join('\n')).toContain(message)
    expect(world.metrics.value('fingerpost_extra_config_quarantined', 'x')).toBe(1)
    expect(world.metrics.value('fingerpost_extra_config_quarantines_total', 'x')).toBe(1)
    expect(world.lifecycle.degraded).toBeUndefined()
    expect(world.lifecycle.refused).toBeUndefined()

    world.texts.x = 'c.test {\n say mended\n}'
    expect((await world.lifecycle.reload(false)).outcome).toBe('taken')
    expect(await world.ask('c.test')).toBe('mended')
    expect(world.metrics.value('fingerpost_extra_config_quarantined', 'x')).toBe(0)
    expect(world.reports).toEqual([
      { path: 'x', outcome: 'quarantined', reason: expect.stringContaining(message) },
      { path: 'x', outcome: 'served', reason: '' },
    ])
    await world.lifecycle.stop()
    const count = (word: string): number =>
      world.events.filter((event) => event.startsWith(word)).length
    expect(count('shutdown')).toBe(count('setup'))
    expect(count('close')).toBe(count('open'))
  })

  it.each(faulty)('with %s is quarantined alone by a reload', async (_, text, message) => {
    const world = makeExtras({ a: GOOD, x: 'c.test {\n say one\n}' })
    world.busy.add('dns://:99')
    await world.lifecycle.start()
    world.texts.x = text
    expect((await world.lifecycle.reload(false)).outcome).toBe('taken')
    expect(world.states()).toEqual({ a: '', x: expect.stringContaining(message) })
    expect(await world.ask('c.test')).toBe('base')
    expect(await world.ask('b.test')).toBe('common')
    await world.lifecycle.stop()
  })

  it('that is broken and stays broken changes nothing but its reason', async () => {
    const world = makeExtras({ a: GOOD, x: 'c.test {\n sya x\n}' })
    await world.lifecycle.start()
    world.texts.x = '\nc.test {\n sayy x\n}'
    expect((await world.lifecycle.reload(false)).outcome).toBe('unchanged')
    expect(world.states().x).toBe("x:3:2: error: unknown directive 'sayy'")
    delete world.texts.x
    expect((await world.lifecycle.reload(false)).outcome).toBe('unchanged')
    expect(world.states()).toEqual({ a: '' })
    expect(world.metrics.value('fingerpost_extra_config_quarantined', 'x')).toBeUndefined()
    await world.lifecycle.stop()
  })

  it('comes and goes', async () => {
    const world = makeExtras({})
    await world.lifecycle.start()
    world.texts.a = GOOD
    expect(await world.lifecycle.reload(false)).toMatchObject({
      changes: ['added block dns://b.test.'],
    })
    expect(await world.ask('b.test')).toBe('common')
    delete world.texts.a
    expect(await world.lifecycle.reload(false)).toMatchObject({
      changes: ['removed block dns://b.test.'],
    })
    expect(await world.ask('b.test')).toBe('base')
    expect(world.lifecycle.extras).toEqual([])
    await world.lifecycle.stop()
  })

  it('follows what its source tells', async () => {
    const world = makeExtras({}, { isWatching: true })
    await world.lifecycle.start()
    world.texts.a = GOOD
    world.change()
    await world.lifecycle.reload(false)
    expect(await world.ask('b.test')).toBe('common')
    await world.lifecycle.stop()
  })

  it('does not help a base that is broken', async () => {
    const world = makeExtras({ a: GOOD })
    world.write('. {\n sya\n}')
    await expect(world.lifecycle.start()).rejects.toThrow("unknown directive 'sya'")
    world.write(BASE)
    await world.lifecycle.start()
    world.write('. {\n sya\n}')
    expect((await world.lifecycle.reload(false)).outcome).toBe('refused')
    expect(await world.ask('b.test')).toBe('common')
    await world.lifecycle.stop()
  })

  it('that would end the process is taken out instead, until it changes or is asked for', async () => {
    const world = makeExtras({ a: GOOD, x: 'fatal.test {\n say it\n}' })
    await world.lifecycle.start()
    await world.ask('fatal.test')
    await world.lifecycle.reload(false)
    expect(world.events).not.toContain('fatal')
    expect(world.states()).toEqual({ a: '', x: 'x:2:2: error: it had enough' })
    expect(await world.ask('b.test')).toBe('common')
    expect((await world.lifecycle.reload(false)).outcome).toBe('unchanged')
    await world.lifecycle.reload(true)
    expect(world.states().x).toBe('')
    await world.lifecycle.stop()
  })

  it('is not waited for by those who ask for readiness', async () => {
    const world = makeExtras({ x: 'c.test {\n health 1\n say x\n}' })
    await world.lifecycle.start()
    expect(world.lifecycle.running?.generation.unready).toEqual([])
    await world.lifecycle.stop()
  })
})

describe('an HTTP endpoint of an extra', () => {
  /** Can't open the ports given. */
  const makeSidecar = (busy: readonly number[]) => {
    let served: number[] = []
    const sidecar: Pick<Sidecar, 'prepare' | 'lameduck' | 'close'> = {
      prepare: async (endpoints: readonly Endpoint[]) => {
        const ports = endpoints.map(({ port }) => port)
        const errors = endpoints
          .filter(({ port }) => busy.includes(port))
          .map(({ port, at }) => new ConfigError('listen', `port ${port} is taken`, { at }))
        if (errors.length > 0) throw new ConfigErrors(errors)
        const commit = async (): Promise<void> => {
          served = ports
        }
        return { commit, abort: async () => {} }
      },
      lameduck: async () => {},
      close: async () => {},
    }
    return { sidecar: sidecar as Sidecar, served: () => served }
  }

  const withPort = (zone: string, port: number): string =>
    `${zone} {\n health ${port}\n say ${zone}\n}\n`

  it('that is taken quarantines the extra', async () => {
    const { sidecar, served } = makeSidecar([81])
    const texts = { a: withPort('a.test', 81), b: withPort('b.test', 82) }
    const world = makeExtras(texts, { sidecar })
    await world.lifecycle.start()
    expect(world.states()).toEqual({ a: 'a:2:2: error: port 81 is taken', b: '' })
    expect(served()).toEqual([82])
    expect(await world.ask('a.test')).toBe('base')
    await world.lifecycle.stop()
  })

  it('goes with an extra whose port for DNS is taken', async () => {
    const { sidecar, served } = makeSidecar([])
    const world = makeExtras({ a: withPort('a.test:99', 81) }, { sidecar })
    world.busy.add('dns://:99')
    await world.lifecycle.start()
    expect(world.states().a).toContain('address already in use')
    expect(served()).toEqual([])
    await world.lifecycle.stop()
  })

  it('does not hide that one of the base is taken', async () => {
    const { sidecar } = makeSidecar([80])
    const world = makeExtras({ a: withPort('a.test', 81) }, { sidecar })
    world.write(withPort('.', 80))
    await expect(world.lifecycle.start()).rejects.toThrow('port 80 is taken')
    expect(world.events.filter((event) => event.startsWith('open'))).toEqual([])
  })
})

describe('the last good configuration', () => {
  let directory = ''
  afterEach(() => rm(directory, { recursive: true, force: true }))

  it('has the extras that were served', async () => {
    directory = await mkdtemp(join(tmpdir(), 'fingerpost-state-'))
    const lastGood = new LastGood(directory)
    const first = makeExtras({ a: GOOD, x: '. {\n say x\n}' }, { lastGood })
    await first.lifecycle.start()
    expect(first.lifecycle.degraded).toBeUndefined()
    await first.lifecycle.stop()

    const second = makeExtras({ a: GOOD }, { lastGood })
    second.write('. {\n sya\n}')
    await second.lifecycle.start()
    expect(second.lifecycle.degraded).toContain("unknown directive 'sya'")
    expect(await second.ask('b.test')).toBe('common')
    expect(second.states()).toEqual({ 'a (last good)': '' })
    second.write(BASE)
    await second.lifecycle.reload(false)
    expect(second.states()).toEqual({ a: '' })
    await second.lifecycle.stop()
  })
})
