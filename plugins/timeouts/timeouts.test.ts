import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import timeouts from './index.ts'

const inBlock = (line: string): string => `timeouts {\n ${line}\n}`

describe('options of timeouts', () => {
  testOptions(
    timeouts,
    [
      { text: inBlock('read 1s'), options: [{ block: { read: 1000 } }] },
      { text: inBlock('read 24h'), options: [{ block: { read: 86_400_000 } }] },
      { text: inBlock('write 10s'), options: [{ block: { write: 10_000 } }] },
      { text: inBlock('idle 1m'), options: [{ block: { idle: 60_000 } }] },
      { text: inBlock('idle 30'), options: [{ block: { idle: 30_000 } }] },
      { text: inBlock('maxtcpqueries 5'), options: [{ block: { maxtcpqueries: 5 } }] },
      { text: inBlock('maxtcpqueries -1'), options: [{ block: { maxtcpqueries: -1 } }] },
      { text: inBlock('idle 500ms'), error: /not between 1s and 24h/, at: '500ms' },
      { text: inBlock('idle 0'), error: /not between/, at: '0' },
      { text: inBlock('idle 24h1s'), error: /not between/, at: '24h1s' },
      { text: inBlock('idle -5s'), error: /duration/, at: '-5s' },
      { text: inBlock('read x'), error: /duration/, at: 'x' },
      { text: inBlock('read'), error: /./, at: 'read' },
      { text: inBlock('read 1s 2s'), error: /./, at: '2s' },
      { text: inBlock('maxtcpqueries 0'), error: /-1/, at: '0' },
      { text: inBlock('maxtcpqueries -2'), error: /-1/, at: '-2' },
      { text: inBlock('maxtcpqueries x'), error: /./, at: 'x' },
      { text: inBlock('nosuch 1s'), error: /no option/, at: 'nosuch' },
      { text: 'timeouts', error: /nothing in it/, at: 'timeouts' },
      { text: 'timeouts {\n}', error: /nothing in it/, at: 'timeouts' },
      { text: 'timeouts 1s', error: /./, at: '1s' },
    ],
    { it },
  )
})

describe('timeouts', () => {
  it('tells core what was set, and only that', async () => {
    const loaded = await loadPlugin(timeouts, inBlock('read 5s\n write 6\n maxtcpqueries 7'))
    expect(loaded.host.settings.streams).toEqual({
      readMs: 5000,
      writeMs: 6000,
      idleMs: undefined,
      maxQueries: 7,
    })
  })

  it('lets the last of several count', async () => {
    const text = `${inBlock('read 5s\n idle 6s')}\n${inBlock('read 7s')}`
    const loaded = await loadPlugin(timeouts, text)
    expect(loaded.host.settings.streams).toMatchObject({ readMs: 7000, idleMs: 6000 })
  })

  lifeCycleSuite(timeouts, inBlock('read 5s'), {
    it,
    bad: { corefile: inBlock('read never'), at: 'never' },
  })
})
