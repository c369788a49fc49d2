import {
  configErrorsOf,
  type FakeHost,
  fakeHost,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import sign from './index.ts'

const ZONE = `$TTL 3600
@ SOA ns m 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
www 60 A 192.0.2.2
www 120 A 192.0.2.3
sub NS ns.sub
sub DS 1 13 2 ${'ab'.repeat(32)}
ns.sub A 192.0.2.4
`
const KEY = {
  'keys/Kexample.org.+013+17329.key':
    'example.org. IN DNSKEY 257 3 13 MnHx6+CKB1lGQB/X7X+1lbrUVSachJfv8DM2IkyE8PTpHudRu0R7Hcrf /puwe9EqS6gwSOdI8cp3/rJF0dTe4w==\n',
  'keys/Kexample.org.+013+17329.private':
    'Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: g5O/T1LIByz6KitDka4a8cVEx4zXardWoqqJRoHJo6I=\n',
}
const COREFILE = 'sign z {\nkey directory keys\ndirectory out\n}'
const SIGNED = 'out/db.example.org.signed'
const DAY_MS = 86_400_000

function hostWith(files: Readonly<Record<string, string>> = { z: ZONE, ...KEY }): FakeHost {
  const host = fakeHost({ plugin: 'sign', zones: ['example.org'] })
  for (const [path, text] of Object.entries(files)) host.files.set(path, text)
  return host
}

async function load(host: FakeHost, corefile = COREFILE): Promise<LoadedPlugin> {
  const loaded = (await loadPlugin(sign, corefile, { host })) as LoadedPlugin
  await host.clock.advance(1000)
  return loaded
}

/** Lines of the signed file, without signatures' times and octets, blanks as one. */
async function signed(host: FakeHost): Promise<string[]> {
  const text = await host.files.readText(SIGNED)
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).slice(0, 6).join(' '))
}

const reasonsOf = (host: FakeHost): number =>
  host.log.lines.filter((line) => line.includes('because')).length

describe('sign', () => {
  it('writes a file with keys, denials and signatures', async () => {
    const host = hostWith()
    const loaded = await load(host)
    const lines = await signed(host)
    expect(lines[0]).toMatch(/^example\.org\. 3600 IN SOA ns\.example\.org\. m/)
    for (const line of [
      'example.org. 300 IN DNSKEY 257 3',
      'example.org. 300 IN CDS 17329 13',
      'example.org. 300 IN CDNSKEY 257 3',
      'example.org. 3600 IN RRSIG SOA 13',
      'example.org. 300 IN RRSIG DNSKEY 13',
      'example.org. 300 IN NSEC ns.example.org. NS',
      'ns.example.org. 300 IN NSEC sub.example.org. A',
      'sub.example.org. 300 IN NSEC www.example.org. NS',
      'sub.example.org. 3600 IN RRSIG DS 13',
      'www.example.org. 300 IN NSEC example.org. A',
      // An RRset has one TTL.
      'www.example.org. 60 IN A 192.0.2.3',
      'www.example.org. 60 IN RRSIG A 13',
      'ns.sub.example.org. 3600 IN A 192.0.2.4',
    ]) {
      expect(lines).toContain(line)
    }
    expect(
      lines.filter((line) => /^sub\S* \S+ IN RRSIG NS |^ns\.sub\S* .*(NSEC|RRSIG)/.test(line)),
    ).toEqual([])
    expect(host.log.lines.join('\n')).toContain('Successfully signed zone "example.org."')
    await loaded.shutdown()
  })

  it('signs again when the zone file is newer, at once where the system tells of it', async () => {
    const host = hostWith()
    const loaded = await load(host)
    host.files.set('z', ZONE.replace('www 60', 'new 60'))
    host.files.notify('z')
    await host.clock.advance(1000)
    expect((await signed(host)).join('\n')).toContain('new.example.org. 60 IN A')
    await loaded.shutdown()
  })

  it('signs again when the signatures are six days old, and not before', async () => {
    const host = hostWith()
    const loaded = await load(host)
    await host.clock.advance(4.9 * DAY_MS)
    expect(reasonsOf(host)).toBe(1)
    await host.clock.advance(1.5 * DAY_MS)
    expect(reasonsOf(host)).toBe(2)
    await loaded.shutdown()
  })

  it('leaves a file alone whose signatures are valid', async () => {
    const host = hostWith()
    const first = await load(host)
    const second = await first.reload()
    await host.clock.advance(1000)
    expect(reasonsOf(host)).toBe(1)
    expect(host.log.lines.length).toBeGreaterThan(0)
    await second.shutdown()
  })

  it('says what is wrong with the zone, and where', async () => {
    const host = hostWith({ z: ZONE.replace('192.0.2.1', '192.0.2.300'), ...KEY })
    const loaded = await load(host)
    expect(host.log.lines.join('\n')).toContain('z:4:6: A: expected an IPv4 address')
    expect(await host.files.stat(SIGNED)).toBeUndefined()
    expect(host.metrics.value('fingerpost_zone_failures_total', { plugin: 'sign' })).toBe(1)
    await loaded.shutdown()
  })

  it('warns of a zone without a key', async () => {
    const host = hostWith({ z: ZONE })
    const loaded = await load(host)
    expect(host.log.lines.join('\n')).toContain('there is no key for example.org.')
    await loaded.shutdown()
  })

  it('points at a key that can not be read', async () => {
    const corefile = 'sign z {\nkey file nosuch\n}'
    const errors = await configErrorsOf(() => load(hostWith(), corefile))
    expect(errors.map(({ at }) => at?.text)).toEqual(['nosuch'])
  })
})

describe('the life of sign', () => {
  lifeCycleSuite(sign, COREFILE, {
    it,
    host: hostWith,
    bad: { corefile: 'sign', at: 'sign' },
  })
})
