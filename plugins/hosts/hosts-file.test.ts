import type { Message } from '@fingerpost/sdk'
import { type FakeHost, fakeHost, formatMessage, loadPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { MAX_FILE_SIZE_BYTES } from './hosts-file.ts'
import hosts from './index.ts'

const RELOAD_MS = 5000

function answer(message: Message): string[] {
  return formatMessage(message).answer.map((text) => text.split(' ').at(-1) as string)
}

async function start(host: FakeHost, corefile = 'hosts h') {
  return loadPlugin(hosts, corefile, { host })
}

describe('a hosts file that changes', () => {
  it('is read again when its time or its size differs, and only then', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1000)
    const loaded = await start(host)
    await host.clock.advance(3 * RELOAD_MS)
    expect(host.files.reads).toHaveLength(1)
    host.files.set('h', '192.0.2.2 a.test', 2000)
    await host.clock.advance(RELOAD_MS)
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.2'])
    host.files.set('h', '192.0.2.33 a.test', 2000)
    await host.clock.advance(RELOAD_MS)
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.33'])
    expect(host.files.reads).toHaveLength(3)
  })

  it('is read at once when the system tells of a change', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1000)
    const loaded = await start(host)
    host.files.set('h', '192.0.2.2 a.test', 2000)
    host.files.notify('h')
    await host.clock.settle()
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.2'])
    await loaded.shutdown()
    expect([...host.files.watchers.values()].every((watchers) => watchers.size === 0)).toBe(true)
  })

  it('is never read again with reload 0', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test')
    await start(host, 'hosts h {\n reload 0\n}')
    expect(host.clock.openTimers).toBe(0)
  })

  it('keeps what it said last when it is gone, says so once, and comes back', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1000)
    const loaded = await start(host)
    host.files.remove('h')
    await host.clock.advance(5 * RELOAD_MS)
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.1'])
    expect(host.log.lines).toEqual([expect.stringMatching(/^\[WARNING\] .*gone: h/)])
    host.files.set('h', '192.0.2.2 a.test', 2000)
    await host.clock.advance(RELOAD_MS)
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.2'])
  })

  it('may be missing at first: that is warned of once, and it is read when it appears', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    const loaded = await start(host, 'hosts h {\n 192.0.2.9 a.test\n}')
    await host.clock.advance(5 * RELOAD_MS)
    expect(host.log.lines).toEqual(['[WARNING] plugin/hosts: File does not exist: h'])
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.9'])
    host.files.set('h', '192.0.2.1 a.test')
    await host.clock.advance(RELOAD_MS)
    expect(answer(await loaded.ask('a.test', 'A'))).toEqual(['192.0.2.1', '192.0.2.9'])
  })

  it('is not missed when it is the default and there is none', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    await start(host, 'hosts {\n 192.0.2.9 a.test\n}')
    expect(host.log.lines).toEqual([])
  })

  it('warns once of a file that can not be read, and again after it could be', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1000)
    host.files.fail('h', 'EACCES')
    await start(host)
    await host.clock.advance(5 * RELOAD_MS)
    expect(host.log.lines).toHaveLength(1)
    expect(host.log.lines[0]).toMatch(/Can't read h: EACCES/)
    host.files.fail('h')
    await host.clock.advance(RELOAD_MS)
    host.files.fail('h', 'EACCES')
    await host.clock.advance(5 * RELOAD_MS)
    expect(host.log.lines).toHaveLength(2)
  })

  it('is not read when it is a directory or too large', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h/x', '192.0.2.1 a.test')
    host.files.set('big', '192.0.2.1 a.test')
    await start(host)
    expect(host.log.lines.at(-1)).toMatch(/"h" is a directory/)
    const { stat } = host.files
    host.files.stat = async (path) => {
      const found = await stat.call(host.files, path)
      return found && { ...found, sizeBytes: MAX_FILE_SIZE_BYTES + 1 }
    }
    await start(host, 'hosts big')
    expect(host.log.lines.at(-1)).toMatch(/"big" is not read: it has 67108865 bytes, more than/)
    expect(host.files.reads).toEqual([])
  })

  it('is not read twice at the same time, nor taken over after the shutdown', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1000)
    const loaded = await start(host)
    let finish: (text: string) => void = () => {}
    let readings = 0
    host.files.readText = () => {
      readings++
      return new Promise((resolve) => {
        finish = resolve
      })
    }
    host.files.set('h', '192.0.2.2 a.test', 2000)
    await host.clock.advance(3 * RELOAD_MS)
    expect(readings).toBe(1)
    await loaded.shutdown()
    finish('192.0.2.2 a.test\n192.0.2.3 b.test')
    await host.clock.settle()
    expect(host.metrics.value('coredns_hosts_entries')).toBe(2)
    expect(host.clock.openTimers).toBe(0)
  })
})

describe('metrics of hosts', () => {
  it('count addresses and pointers for each file, below root', async () => {
    const host = fakeHost({ plugin: 'hosts', root: '/etc/dns' })
    host.files.set('h', '192.0.2.1 a.test b.test\n2001:db8::1 *.test', 1_700_000_000_500)
    await start(host)
    const entries = (hostsfile: string) =>
      host.metrics.value('coredns_hosts_entries', { hostsfile })
    expect(entries('/etc/dns/h')).toBe(5)
    await start(host, 'hosts /other {\n 192.0.2.1 a.test\n}')
    expect(entries('/other')).toBe(2)
    expect(entries('/etc/dns/h')).toBe(5)
  })

  it('tell when the file that was read last was changed', async () => {
    const host = fakeHost({ plugin: 'hosts' })
    host.files.set('h', '192.0.2.1 a.test', 1_700_000_000_500)
    await start(host)
    expect(host.metrics.value('coredns_hosts_reload_timestamp_seconds')).toBe(1_700_000_000.5)
  })
})
