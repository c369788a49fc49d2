import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@fingerpost/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { LastGood } from './last-good.ts'
import type { Sidecar } from './sidecar/sidecar.ts'
import { makeWorld } from './test-lifecycle.ts'

const scratch: string[] = []
afterEach(async () => {
  for (const path of scratch.splice(0)) await rm(path, { recursive: true, force: true })
})

/** A sidecar that only knows which ports it serves. */
function makeSidecar() {
  let served: number[] = []
  const sidecar: Pick<Sidecar, 'prepare' | 'lameduck' | 'close'> = {
    prepare: async (endpoints) => ({
      commit: async () => {
        served = endpoints.map(({ port }) => port)
      },
      abort: async () => {},
    }),
    lameduck: async () => {},
    close: async () => {},
  }
  return { sidecar: sidecar as Sidecar, served: () => served }
}

describe('a start', () => {
  it('opens sockets, answers, and ends with everything closed', async () => {
    const world = makeWorld()
    await world.lifecycle.start()
    expect(await world.ask()).toBe('one')
    expect(await world.lifecycle.stop()).toBe(true)
    expect(world.events).toEqual(['setup one', 'open dns://:53', 'shutdown one', 'close dns://:53'])
  })

  it('shows plugins the variables of the environment, and nothing else', async () => {
    const world = makeWorld()
    world.write('. {\n say env\n}')
    await world.lifecycle.start()
    expect(await world.ask()).toBe('variable undefined')
  })

  it('opens nothing before its plugins have warmed up, or could not', async () => {
    const world = makeWorld()
    world.write('. {\n say warm\n}\na.test {\n say cold\n}')
    const started = world.lifecycle.start()
    await world.clock.settle()
    expect(world.events).toEqual(['setup warm', 'setup cold'])
    world.release()
    await started
    expect(world.events[2]).toBe('open dns://:53')
    expect(world.lines.join('\n')).toContain('plugin/say: warm-up failed: Error: too cold')
  })

  it('serves its HTTP endpoints while plugins warm up, and none when it fails then', async () => {
    const { sidecar, served } = makeSidecar()
    const world = makeWorld({ sidecar })
    world.write('. {\n health 1\n say warm\n}')
    world.busy.add('dns://:53')
    const started = world.lifecycle.start()
    await world.clock.settle()
    expect(served()).toEqual([1])
    expect(world.lifecycle.running).toBeUndefined()
    expect(world.lifecycle.starting?.unready).toEqual(['health'])
    world.release()
    await expect(started).rejects.toThrow('address already in use')
    expect(served()).toEqual([])
    expect(world.lifecycle.starting).toBeUndefined()
  })

  it('fails with all mistakes and leaves nothing behind', async () => {
    const world = makeWorld()
    world.write('. {\n say fail\n}\na.test {\n say fine\n}')
    await expect(world.lifecycle.start()).rejects.toThrow('plugin/say: say fails')
    expect(world.events).toEqual(['setup fine', 'shutdown fine'])
  })

  it('serves the last good configuration where one is kept, and says so', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fingerpost-state-'))
    scratch.push(directory)
    const lastGood = new LastGood(directory)
    const first = makeWorld({ lastGood })
    await first.lifecycle.start()
    await first.lifecycle.stop()
    expect(await readdir(directory)).toEqual(['last-good.json'])

    const second = makeWorld({ lastGood })
    second.write('. {\n sya one\n}')
    await second.lifecycle.start()
    expect(await second.ask()).toBe('one')
    expect(second.lifecycle.degraded).toContain("unknown directive 'sya'")
    expect(second.metrics.value('fingerpost_config_degraded')).toBe(1)
    expect(second.lines.join('\n')).toContain('DEGRADED')

    second.write('. {\n say mended\n}')
    await second.lifecycle.reload(false)
    expect(await second.ask()).toBe('mended')
    expect(second.lifecycle.degraded).toBeUndefined()
    await second.lifecycle.stop()
  })
})

describe('a reload', () => {
  it('keeps the HTTP endpoints that are served until the new has warmed up', async () => {
    const { sidecar, served } = makeSidecar()
    const world = makeWorld({ sidecar })
    world.write('. {\n health 1\n say one\n}')
    await world.lifecycle.start()
    expect(world.lifecycle.starting).toBeUndefined()
    world.write('. {\n health 2\n say warm\n}')
    const reloaded = world.lifecycle.reload(false)
    await world.clock.settle()
    expect(served()).toEqual([1])
    world.release()
    await reloaded
    expect(served()).toEqual([2])
  })

  it('swaps at once, hands over, keeps sockets that stay, and then ends the old', async () => {
    const world = makeWorld()
    await world.lifecycle.start()
    world.events.length = 0
    world.write('. {\n say two\n}\na.test:54 {\n say three\n}')
    expect(await world.lifecycle.reload(false)).toEqual({
      outcome: 'taken',
      changes: ['dns://.: changed say (-say one, +say two)', 'added block dns://a.test.:54'],
    })
    expect(world.events).toEqual([
      'setup two after one',
      'setup three',
      'open dns://:54',
      'shutdown one',
    ])
    expect(await world.ask()).toBe('two')
    expect(await world.ask('a.test', 'dns://:54')).toBe('three')
    expect(world.lifecycle.running?.number).toBe(2)
    await world.lifecycle.stop()
  })

  it('leaves the old in its place until the new has warmed up', async () => {
    const world = makeWorld()
    await world.lifecycle.start()
    world.write('. {\n say warm\n}')
    const reloaded = world.lifecycle.reload(false)
    await world.clock.settle()
    expect(await world.ask()).toBe('one')
    world.release()
    expect(await reloaded).toMatchObject({ outcome: 'taken' })
    expect(await world.ask()).toBe('warm')
  })

  it('lets queries that wait finish on the old generation', async () => {
    const world = makeWorld()
    await world.lifecycle.start()
    const slow = world.ask('slow.test')
    world.write('. {\n say two\n}')
    const reload = world.lifecycle.reload(false)
    await world.clock.advance(100)
    expect(world.events).not.toContain('shutdown one')
    expect(await world.ask()).toBe('two')
    world.release()
    expect(await slow).toBe('one')
    await world.clock.advance(100)
    await reload
    expect(world.events).toContain('shutdown one')
    await world.lifecycle.stop()
  })

  it('does nothing when only comments and spaces differ, unless it is forced', async () => {
    const world = makeWorld()
    await world.lifecycle.start()
    world.write('# new\n. {\n\n say   one # same\n}\n')
    expect((await world.lifecycle.reload(false)).outcome).toBe('unchanged')
    expect((await world.lifecycle.reload(true)).outcome).toBe('taken')
    await world.lifecycle.stop()
  })

  it.each([
    ['a mistake', '. {\n sya two\n}', "unknown directive 'sya'"],
    ['an absent plugin', '. {\n absent\n}', "this version has no plugin 'absent': it does nothing"],
    ['a plugin that throws', '. {\n say fail\n}', 'plugin/say: say fails'],
    ['an overlap', '. {\n say a\n}\n. {\n say b\n}', 'already defined'],
    ['a busy port', '. {\n say two\n}\n.:99 {\n say c\n}', 'address already in use'],
  ])('is refused for %s, with the place, and the old one goes on', async (_, corefile, reason) => {
    const world = makeWorld()
    await world.lifecycle.start()
    world.busy.add('dns://:99')
    world.write(corefile)
    const result = await world.lifecycle.reload(false)
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining(reason) })
    expect(world.lifecycle.refused?.reason).toContain(reason)
    expect(world.metrics.value('coredns_reload_failed_total')).toBe(1)
    expect(world.events).not.toContain('shutdown one')
    expect(world.events.filter((event) => event.startsWith('close'))).toEqual([])
    expect(await world.ask()).toBe('one')

    world.write('. {\n say two\n}')
    expect((await world.lifecycle.reload(false)).outcome).toBe('taken')
    expect(world.lifecycle.refused).toBeUndefined()
    await world.lifecycle.stop()
  })

  it('is refused when the Corefile can not be read', async () => {
    const world = makeWorld({
      source: {
        path: 'Corefile',
        isFile: false,
        read: (() => {
          let reads = 0
          return async () => {
            if (reads++ > 0) throw new ConfigError('file', "can't read the Corefile")
            return '. {\n say one\n}'
          }
        })(),
      },
    })
    await world.lifecycle.start()
    expect((await world.lifecycle.reload(false)).outcome).toBe('refused')
    expect(await world.ask()).toBe('one')
    await world.lifecycle.stop()
  })
})
