import {
  configErrorsOf,
  type FakeHost,
  fakeHost,
  formatMessage,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import auto from './index.ts'

const zone = (serial: number, address: string): string =>
  `@ 60 IN SOA ns m ${serial} 2 3 4 5\n@ IN NS ns\nwww IN A ${address}\n`
const PASSED = 'passed on'
const ZONES = 'auto {\ndirectory zones\n}'

function hostWith(files: Record<string, string>): FakeHost {
  const host = fakeHost({ plugin: 'auto' })
  for (const [path, text] of Object.entries(files)) host.files.set(`zones/${path}`, text)
  return host
}

async function load(host: FakeHost, corefile = ZONES): Promise<LoadedPlugin> {
  const next = replyWith({ answer: [`x. 1 IN TXT "${PASSED}"`] })
  return (await loadPlugin(auto, corefile, { host, next })) as LoadedPlugin
}

/** The last word of the first answer; the RCODE without one. */
async function ask(loaded: LoadedPlugin, name: string): Promise<string | undefined> {
  const { rcode, answer } = formatMessage(await loaded.ask(name, 'A'))
  if (answer?.[0]?.includes(PASSED)) return PASSED
  return answer?.[0]?.split(' ').at(-1) ?? rcode
}

describe('auto', () => {
  it('serves the zones whose files are in the directory and below it', async () => {
    const loaded = await load(
      hostWith({
        'db.one.test': zone(1, '192.0.2.1'),
        'deep/er/db.two.test': zone(1, '192.0.2.2'),
        'ignored.three.test': zone(1, '192.0.2.3'),
        '..data/db.four.test': zone(1, '192.0.2.4'),
      }),
    )
    expect(await ask(loaded, 'www.one.test')).toBe('192.0.2.1')
    expect(await ask(loaded, 'nosuch.one.test')).toBe('NXDOMAIN')
    expect(await ask(loaded, 'www.two.test')).toBe('192.0.2.2')
    expect(await ask(loaded, 'www.three.test')).toBe(PASSED)
    expect(await ask(loaded, 'www.four.test')).toBe(PASSED)
    await loaded.shutdown()
  })

  it.each([
    ['^(.*)\\.zone$ {1}', 'a.test.zone'],
    ['(?P<name>[a-z]+)\\.db {name}.test', 'a.db'],
    ['zone-([a-z]+)-([a-z]+) {1}.{2}.', 'zone-a-test'],
  ])('names zones by pattern and template: %s', async (words, path) => {
    const host = hostWith({ [path]: zone(1, '192.0.2.1'), 'db.b.test': zone(1, '192.0.2.2') })
    const loaded = await load(host, `auto {\ndirectory zones ${words}\n}`)
    expect(await ask(loaded, 'www.a.test')).toBe('192.0.2.1')
    expect(await ask(loaded, 'www.b.test')).toBe(PASSED)
    await loaded.shutdown()
  })

  it.each([
    ['(', '(', /not a regular expression/],
    ['nogroup', 'nogroup', /needs a group/],
  ])('refuses the pattern %s', async (pattern, at, message) => {
    const errors = await configErrorsOf(() =>
      load(hostWith({}), `auto {\ndirectory zones ${pattern} {1}\n}`),
    )
    expect(errors.map((error) => error.at?.text)).toEqual([at])
    expect(errors[0]?.message).toMatch(message)
  })

  it('answers only in the zones that it is given', async () => {
    const host = hostWith({ 'db.a.test': zone(1, '192.0.2.1'), 'db.b.test': zone(1, '192.0.2.2') })
    const loaded = await load(host, 'auto b.test {\ndirectory zones\n}')
    expect(await ask(loaded, 'www.a.test')).toBe(PASSED)
    expect(await ask(loaded, 'www.b.test')).toBe('192.0.2.2')
    await loaded.shutdown()
  })

  it('follows files that come, change and go', async () => {
    const host = hostWith({ 'db.one.test': zone(1, '192.0.2.1') })
    const loaded = await load(host)
    host.files.set('zones/db.two.test', zone(1, '192.0.2.2'))
    host.files.set('zones/db.one.test', zone(2, '192.0.2.9'), 5)
    await host.clock.advance(60_000)
    expect(await ask(loaded, 'www.one.test')).toBe('192.0.2.9')
    expect(await ask(loaded, 'www.two.test')).toBe('192.0.2.2')
    host.files.remove('zones/db.one.test')
    await host.clock.advance(60_000)
    expect(await ask(loaded, 'www.one.test')).toBe(PASSED)
    expect(host.log.lines.join('\n')).toContain("Deleting zone `one.test.'")
    expect(
      host.metrics.value('fingerpost_zone_records', { plugin: 'auto', zone: 'one.test.' }),
    ).toBe(0)
    await loaded.shutdown()
  })

  it('notices a new file at once when the system tells of it', async () => {
    const host = hostWith({ 'db.one.test': zone(1, '192.0.2.1') })
    const loaded = await load(host)
    host.files.set('zones/db.two.test', zone(1, '192.0.2.2'))
    host.files.notify('zones')
    await host.clock.settle()
    expect(await ask(loaded, 'www.two.test')).toBe('192.0.2.2')
    await loaded.shutdown()
  })

  it('leaves a file with a mistake out until it is mended, and says where it is', async () => {
    const host = hostWith({ 'db.one.test': zone(1, '192.0.2.300') })
    const loaded = await load(host)
    expect(await ask(loaded, 'www.one.test')).toBe(PASSED)
    expect(host.log.lines.join('\n')).toMatch(
      /Parse zone `one\.test\.': zones\/db\.one\.test:3:10:/,
    )
    host.files.set('zones/db.one.test', zone(1, '192.0.2.3'), 5)
    await host.clock.advance(60_000)
    expect(await ask(loaded, 'www.one.test')).toBe('192.0.2.3')
    await loaded.shutdown()
  })

  it('takes the first of two files for one zone, and warns once', async () => {
    const host = hostWith({ 'a/db.one.test': zone(1, '192.0.2.1'), 'b/db.one.test': zone(1, '::') })
    const loaded = await load(host)
    expect(await ask(loaded, 'www.one.test')).toBe('192.0.2.1')
    await host.clock.advance(600_000)
    expect(host.log.lines.filter((line) => line.includes('is that of'))).toHaveLength(1)
    await loaded.shutdown()
  })

  it('takes a directory that is not there yet', async () => {
    const host = hostWith({})
    const loaded = await load(host)
    expect(host.log.lines.join('\n')).toContain('error reading zones: ENOENT')
    host.files.set('zones/db.one.test', zone(1, '192.0.2.1'))
    await host.clock.advance(60_000)
    expect(await ask(loaded, 'www.one.test')).toBe('192.0.2.1')
    await loaded.shutdown()
  })

  it('takes over zones whose files have not changed when the configuration is reloaded', async () => {
    const host = hostWith({ 'db.one.test': zone(1, '192.0.2.1') })
    const first = await load(host)
    const reads = host.files.reads.length
    const second = (await first.reload()) as LoadedPlugin
    expect(host.files.reads.length).toBe(reads)
    expect(await ask(second, 'www.one.test')).toBe('192.0.2.1')
    await second.shutdown()
  })

  it('offers its zones to be sent to others', async () => {
    const loaded = await load(hostWith({ 'db.one.test': zone(1, '192.0.2.1') }))
    expect(loaded.handler.offers?.transfer?.zones.map(String)).toEqual(['one.test.'])
    await loaded.shutdown()
  })
})

describe('the life of auto', () => {
  lifeCycleSuite(auto, ZONES, {
    it,
    query: 'www.one.test A',
    host: () => hostWith({ 'db.one.test': zone(1, '192.0.2.1') }),
    bad: { corefile: 'auto {\ndirectory\n}', at: 'directory' },
  })
})
