import { describe, expect, it } from 'vitest'
import { Iptables } from './iptables.ts'
import type { CommandResult, RunCommand } from './network.ts'
import { RulesError } from './rules.ts'
import { NOT_FOUND } from './run-command.ts'

const settings = { localIps: ['169.254.20.10'], dnsPort: 53, healthPort: 8080 }
const ok = (stdout = ''): CommandResult => ({ status: 0, stdout, stderr: '' })

/** Tables as iptables keeps them: what is restored is what is saved next. */
function fakeTables(mangle: (line: string) => string = (line) => line) {
  const tables: Record<string, string[]> = {}
  const restored: string[] = []
  const run: RunCommand = async ([tool = '', _, table = ''], input = '') => {
    const family = tool.startsWith('ip6') ? '6' : '4'
    if (tool.endsWith('-save')) {
      const lines = (tables[family + table] ?? []).map((line) => `-A ${mangle(line)}`)
      return ok(`*${table}\n:OUTPUT ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n`)
    }
    restored.push(input)
    let current = ''
    for (const line of input.split('\n')) {
      if (line.startsWith('*')) current = family + line.slice(1)
      tables[current] ??= []
      const list = tables[current] ?? []
      if (line.startsWith('-I ')) list.unshift(line.slice(3))
      if (!line.startsWith('-D ')) continue
      const at = list.findIndex((rule) => mangle(rule) === line.slice(3))
      if (at < 0) return { status: 1, stdout: '', stderr: 'Bad rule' }
      list.splice(at, 1)
    }
    return ok()
  }
  const all = (): string[] => Object.values(tables).flat()
  return { tables, restored, run, all }
}

/** As iptables-save spells what was put in. */
const spell = (line: string): string =>
  line.replace(/-([sd]) ([\d.]+) /, '-$1 $2/32 ').replace('-j NOTRACK', '-j CT --notrack')

describe('rules by iptables', () => {
  it('are the twelve of node-cache and the one of ours, once, however often they are made', async () => {
    const { run, all, restored } = fakeTables(spell)
    const iptables = new Iptables(settings, run)
    for (let i = 0; i < 50; i++) await iptables.apply(settings.localIps)
    expect(all().filter((line) => line.includes('NodeLocal DNS Cache'))).toHaveLength(12)
    expect(all().filter((line) => line.includes('fingerpost:'))).toHaveLength(1)
    expect(new Set(all()).size).toBe(13)
    expect(restored).toHaveLength(1)
    await iptables.apply([])
    expect(all()).toEqual([])
  })

  it('lose what is double, and what is of addresses that are none any more', async () => {
    const { run, all, tables } = fakeTables(spell)
    const iptables = new Iptables(settings, run)
    await iptables.apply(['169.254.20.11'])
    await new Iptables(settings, run).apply(settings.localIps)
    tables['4raw']?.push(...(tables['4raw'] ?? []))
    await iptables.apply(settings.localIps)
    expect(new Set(all()).size).toBe(all().length)
    expect(all()).toHaveLength(13)
    expect(all().join()).not.toContain('169.254.20.11')
  })

  it('leave those of others alone', async () => {
    const other = 'OUTPUT -s 169.254.20.10/32 -p udp -m udp --sport 53 -j NOTRACK'
    const { run, all, tables } = fakeTables()
    tables['4raw'] = [other]
    const iptables = new Iptables(settings, run)
    await iptables.apply(settings.localIps)
    await iptables.apply([])
    expect(all()).toEqual([other])
  })

  it('go in after those that let queries pass, and out before them', async () => {
    const { run, restored } = fakeTables()
    const iptables = new Iptables(settings, run)
    await iptables.apply(settings.localIps)
    await iptables.apply([])
    const order = restored.map((text) => text.match(/^\*\w+/gm)?.join())
    expect(order).toEqual(['*filter,*raw', '*raw,*filter'])
  })

  it('keep answers untracked while queries are led away', async () => {
    const { run, all } = fakeTables(spell)
    const iptables = new Iptables(settings, run)
    await iptables.apply(settings.localIps)
    await iptables.apply(settings.localIps, 'answers')
    const notrack = all().filter((line) => line.includes('NOTRACK') && line.includes('port 53'))
    expect(notrack.every((line) => line.includes('--sport'))).toBe(true)
    expect(notrack).toHaveLength(2)
  })

  it.each([
    [{ status: NOT_FOUND, stderr: 'ENOENT' }, 'the package iptables is missing', 'iptables'],
    [{ status: 4, stderr: 'Another app is holding the lock' }, 'held the lock', 'iptables_lock'],
    [{ status: 3, stderr: 'Permission denied' }, 'NET_ADMIN is needed', 'iptables'],
  ])('that can not be made are told with a reason: %o', async (result, message, errorType) => {
    const iptables = new Iptables(settings, async () => ({ stdout: '', ...result }))
    const error = await iptables.apply(settings.localIps).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RulesError)
    expect(error).toMatchObject({ errorType, message: expect.stringContaining(message) })
  })
})
