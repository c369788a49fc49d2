import { ConfigError } from '@fingerpost/sdk'
import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { ConfigMapEvent, ConfigMapSink } from './config-map.ts'
import { ExtraConfigMap } from './extra-config-map.ts'

/** A source whose connection the test holds in its hands. */
function makeSource(fail: () => Error | undefined = () => undefined) {
  const host = fakeHost()
  const events: ConfigMapEvent[] = []
  const sinks: ConfigMapSink[] = []
  let closed = 0
  const source = new ExtraConfigMap({
    place: { namespace: 'n', name: 'm', kubeconfig: '' },
    host,
    patienceMs: 500,
    async open(_, _host, sink) {
      const error = fail()
      if (error) throw error
      sinks.push(sink)
      return { record: (event) => events.push(event), close: () => void closed++ }
    },
  })
  let changes = 0
  source.follow(() => void changes++)
  return {
    source,
    clock: host.clock,
    events,
    sinks,
    changes: () => changes,
    closed: () => closed,
  }
}

const textsOf = async (source: ExtraConfigMap): Promise<Record<string, unknown>> =>
  Object.fromEntries((await source.read()).texts.map(({ path, text }) => [path, text]))

describe('a source of a ConfigMap', () => {
  it('waits a moment for what is there at the start', async () => {
    const { source, clock, sinks } = makeSource()
    const reading = textsOf(source)
    await clock.settle()
    sinks[0]?.onData({ Corefile: 'a', 'b.server': 'b', 'note.txt': 'c' })
    expect(await reading).toEqual({ 'ConfigMap/n/m/Corefile': 'a', 'ConfigMap/n/m/b.server': 'b' })
    expect((await source.read()).warnings.map(({ message }) => message)).toEqual([
      'the key note.txt of ConfigMap/n/m is left out',
    ])
  })

  it('does not wait longer than that, and tells when it knows', async () => {
    const { source, clock, sinks, changes } = makeSource()
    let reading: Awaited<ReturnType<typeof source.read>> | undefined
    void source.read().then((result) => {
      reading = result
    })
    await clock.advance(499)
    expect(reading).toBeUndefined()
    await clock.advance(2)
    expect(reading?.texts).toEqual([])
    expect(reading?.warnings[0]?.message).toContain('is not known yet: the API has not answered')
    sinks[0]?.onData({ Corefile: 'a' })
    expect(changes()).toBe(1)
    expect(await textsOf(source)).toEqual({ 'ConfigMap/n/m/Corefile': 'a' })
  })

  it('does not wait for an API that is known to be away', async () => {
    const { source, clock, sinks } = makeSource()
    const reading = source.read()
    await clock.settle()
    sinks[0]?.onFault('connection refused')
    expect((await reading).warnings[0]?.message).toContain('is not known yet: connection refused')
  })

  it('is empty for a ConfigMap that is not there', async () => {
    const { source, clock, sinks } = makeSource()
    const reading = source.read()
    await clock.settle()
    sinks[0]?.onData(undefined)
    expect(await reading).toEqual({ texts: [], files: [], directories: [], warnings: [] })
  })

  it('says why there is no way to the API, and looks again', async () => {
    let error: Error | undefined = new ConfigError('setup', 'this is no pod')
    const { source, clock, sinks, changes } = makeSource(() => error)
    expect(await textsOf(source)).toEqual({ 'ConfigMap/n/m': error })
    error = undefined
    await clock.advance(10_000)
    expect(changes()).toBe(1)
    const reading = textsOf(source)
    await clock.settle()
    sinks[0]?.onData({ Corefile: 'a' })
    expect(await reading).toEqual({ 'ConfigMap/n/m/Corefile': 'a' })
  })

  it('writes Events of what became of its keys', async () => {
    const { source, clock, events, closed } = makeSource()
    const reading = source.read()
    await clock.advance(1000)
    await reading
    source.report({ path: 'ConfigMap/n/m/Corefile', outcome: 'quarantined', reason: 'why' })
    source.report({ path: 'ConfigMap/n/m/Corefile', outcome: 'served', reason: '' })
    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'ExtraConfigQuarantined',
        message: 'Corefile is quarantined, all else is served:\nwhy',
      },
      { type: 'Normal', reason: 'ExtraConfigServed', message: 'Corefile is served again' },
    ])
    source.close()
    expect(closed()).toBe(1)
  })
})
