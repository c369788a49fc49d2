import {
  configErrorsOf,
  expectError,
  type FakeHost,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import bind from './index.ts'

function host(): FakeHost {
  const made = fakeHost({ plugin: 'bind' })
  made.network.interfaceList = [
    { name: 'lo', addresses: ['127.0.0.1', '::1'] },
    { name: 'eth0', addresses: ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'] },
    { name: 'Eth1', addresses: ['fe80::1%Eth1', 'fe80::2%Eth1'] },
    { name: 'tun0', addresses: [] },
  ]
  return made
}

async function addressesOf(corefile: string): Promise<readonly string[]> {
  const { settings } = (await loadPlugin(bind, corefile, { host: host() })).host
  return settings.bindAddresses
}

describe('bind', () => {
  it.each([
    ['takes addresses', 'bind 127.0.0.1 127.0.0.2', ['127.0.0.1', '127.0.0.2']],
    ['takes several lines together', 'bind 127.0.0.1\nbind ::1', ['127.0.0.1', '::1']],
    ['takes all addresses of an interface', 'bind lo', ['127.0.0.1', '::1']],
    [
      'gives link-local addresses of an interface its zone',
      'bind eth0',
      ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'],
    ],
    ['takes every address once', 'bind lo 127.0.0.1\nbind ::1', ['127.0.0.1', '::1']],
    ['has one spelling for an address', 'bind 2001:DB8:0::1 2001:db8::1', ['2001:db8::1']],
    ['keeps the case of zones', 'bind FE80::2%Eth1', ['fe80::2%Eth1']],
    ['adds the zone that only one interface has', 'bind fe80::2', ['fe80::2%Eth1']],
    ['leaves a link-local address of several interfaces alone', 'bind fe80::1', ['fe80::1']],
    [
      'leaves out exceptions',
      'bind lo eth0 {\n except ::1 fe80::1%eth0\n}',
      ['127.0.0.1', '192.0.2.1', '2001:db8::1'],
    ],
    [
      'leaves out interfaces',
      'bind lo eth0 {\n except lo\n except 192.0.2.1\n}',
      ['2001:db8::1', 'fe80::1%eth0'],
    ],
    [
      'leaves out exceptions in any spelling',
      'bind eth0 {\n except 2001:DB8::0:1\n}',
      ['192.0.2.1', 'fe80::1%eth0'],
    ],
    [
      'has exceptions for one line only',
      'bind lo {\n except ::1\n}\nbind ::1',
      ['127.0.0.1', '::1'],
    ],
    [
      'has exceptions that are no part of it',
      'bind lo {\n except 192.0.2.1\n}',
      ['127.0.0.1', '::1'],
    ],
  ])('%s', async (_, corefile, addresses) => {
    expect(await addressesOf(corefile)).toEqual(addresses)
  })

  it.each([
    ['bind 300.1.1.1', /not a valid IP address or interface name: "300\.1\.1\.1"/, '300.1.1.1'],
    ['bind nosuchinterface0', /not a valid IP address or interface name/, 'nosuchinterface0'],
    ['bind lo {\n except nosuch\n}', /not a valid IP address or interface name/, 'nosuch'],
    ['bind 127.0.0.1 {\n except 127.0.0.1\n}', /nothing is left to listen on/, '127.0.0.1'],
    ['bind tun0', /nothing is left to listen on/, 'tun0'],
  ])('refuses %j', async (corefile, error, at) => {
    const errors = await configErrorsOf(() => loadPlugin(bind, corefile, { host: host() }))
    expectError(errors, { error, at })
  })

  it('names the interfaces there are when one is unknown', async () => {
    const [error] = await configErrorsOf(() => loadPlugin(bind, 'bind eth9', { host: host() }))
    expect(error?.suggestion).toBe('the interfaces here are lo, eth0, Eth1, tun0')
  })

  testOptions(
    bind,
    [
      { text: 'bind', error: /./, at: 'bind' },
      { text: 'bind 127.0.0.1 {\n foo\n}', error: /no option/, at: 'foo' },
      { text: 'bind 127.0.0.1 {\n except\n}', error: /./, at: 'except' },
    ],
    { it },
  )

  lifeCycleSuite(bind, 'bind lo', { it, host, bad: { corefile: 'bind eth9', at: 'eth9' } })
})
