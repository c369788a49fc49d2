import { composeClientSubnet, Metadata, type Query } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import geoip from './index.ts'
import { makeDatabase } from './test-database.ts'

const cambridge = {
  city: { names: { en: 'Cambridge' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
  location: { latitude: 52.2242, longitude: 0.1315, time_zone: 'Europe/London' },
  postal: { code: 'CB4' },
  subdivisions: [{ iso_code: 'ENG' }, { iso_code: 'CAM' }],
}
const berlin = { country: { iso_code: 'DE', is_in_european_union: true } }

function makeHost(): FakeHost {
  const host = fakeHost({ plugin: 'geoip' })
  host.files.set('/city.mmdb', makeDatabase({ '81.2.69.0/24': cambridge, '2001:db8::/32': berlin }))
  host.files.set(
    '/asn.mmdb',
    makeDatabase({
      '81.2.0.0/16': { autonomous_system_number: 64_496, autonomous_system_organization: 'A net' },
    }),
  )
  return host
}

async function labelsOf(
  corefile: string,
  query: Query,
  names: readonly string[],
  host = makeHost(),
) {
  const { handler } = await loadPlugin(geoip, corefile, { host })
  const { metadata } = handler.offers ?? {}
  if (metadata === undefined) throw new Error('no metadata')
  const found = new Metadata([{ plugin: 'geoip', offer: metadata }], query)
  return Object.fromEntries(names.map((name) => [name, found.get(`geoip/${name}`)]))
}

const from = (client: string): Query => makeQuery('a.test', 'A', { client })

describe('geoip', () => {
  it('tells of a client what the database says', async () => {
    const expected = {
      'city/name': 'Cambridge',
      'continent/code': 'EU',
      'continent/name': 'Europe',
      'country/code': 'GB',
      'country/name': 'United Kingdom',
      'country/is_in_european_union': 'false',
      latitude: '52.2242',
      longitude: '0.1315',
      timezone: 'Europe/London',
      postalcode: 'CB4',
      'subdivisions/code': 'ENG,CAM',
      'asn/number': '',
    }
    const labels = await labelsOf('geoip /city.mmdb', from('81.2.69.142'), Object.keys(expected))
    expect(labels).toEqual(expected)
  })

  it('knows IPv6 clients', async () => {
    const names = ['country/code', 'country/is_in_european_union', 'city/name']
    expect(await labelsOf('geoip /city.mmdb', from('2001:db8::7'), names)).toEqual({
      'country/code': 'DE',
      'country/is_in_european_union': 'true',
      'city/name': '',
    })
  })

  it('has nothing to say of other clients, and of labels that are not its own', async () => {
    const labels = await labelsOf('geoip /city.mmdb', from('192.0.2.1'), [
      'country/code',
      'toString',
    ])
    expect(labels).toEqual({ 'country/code': '', toString: undefined })
  })

  it('joins several databases', async () => {
    const names = ['country/code', 'asn/number', 'asn/org']
    const corefile = 'geoip /city.mmdb\ngeoip /asn.mmdb'
    expect(await labelsOf(corefile, from('81.2.69.1'), names)).toEqual({
      'country/code': 'GB',
      'asn/number': '64496',
      'asn/org': 'A net',
    })
  })

  it.each([
    ['geoip /city.mmdb', 'DE'],
    ['geoip /city.mmdb {\n edns-subnet\n}', 'GB'],
  ])('with %j goes by the right address', async (corefile, code) => {
    const subnet = composeClientSubnet({
      address: Uint8Array.of(81, 2, 69, 0),
      sourcePrefixLength: 24,
      scopePrefixLength: 0,
    })
    const query = makeQuery('a.test', 'A', { client: '2001:db8::1', edns: { options: [subnet] } })
    expect(await labelsOf(corefile, query, ['country/code'])).toEqual({ 'country/code': code })
  })

  it('follows its file, and keeps what it has when that breaks', async () => {
    const host = makeHost()
    const { handler } = await loadPlugin(geoip, 'geoip /city.mmdb', { host })
    const code = () => handler.offers?.metadata?.get('country/code', from('81.2.69.1'))
    expect(code()).toBe('GB')
    host.files.set('/city.mmdb', makeDatabase({ '81.2.69.0/24': berlin }))
    host.files.notify('/city.mmdb')
    await host.clock.settle()
    expect(code()).toBe('DE')
    host.files.set('/city.mmdb', 'not a database')
    host.files.notify('/city.mmdb')
    await host.clock.settle()
    expect(code()).toBe('DE')
    expect(host.log.lines.at(-1)).toMatch(/WARNING.*the database stays/)
  })

  it.each([
    ['/nosuch.mmdb', /no such file/],
    ['/text.mmdb', /failed to open database/],
  ])('does not start with %s', async (path, message) => {
    const host = makeHost()
    host.files.set('/text.mmdb', 'text')
    await expect(loadPlugin(geoip, `geoip ${path}`, { host })).rejects.toThrow(message)
  })

  it('gets over a database that is damaged in the middle', async () => {
    const whole = makeDatabase({ '81.2.69.0/24': cambridge })
    for (let i = 0; i < whole.length; i += 7) {
      const host = makeHost()
      host.files.set(
        '/city.mmdb',
        whole.map((octet, at) => (at === i ? octet ^ 0xff : octet)),
      )
      const loading = labelsOf('geoip /city.mmdb', from('81.2.69.1'), ['country/code'], host)
      await loading.catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    }
  })
})

testOptions(
  geoip,
  [
    { text: 'geoip', error: /geoip/ },
    { text: 'geoip a b', error: /one argument/, at: 'b' },
    { text: 'geoip a.mmdb {\n edns-subnet\n}', options: [{ block: { 'edns-subnet': true } }] },
    { text: 'geoip a.mmdb {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
  ],
  { it },
)

lifeCycleSuite(geoip, 'geoip /city.mmdb', { it, query: 'example.org A', host: makeHost })
