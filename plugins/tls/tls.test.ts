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
import tls from './index.ts'

describe('options of tls', () => {
  testOptions(
    tls,
    [
      { text: 'tls a.crt a.key', options: { block: { client_auth: 'nocert' } } },
      { text: 'tls a b c', options: { args: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] } },
      ...['nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'].map((word) => ({
        text: `tls a b c {\n client_auth ${word}\n}`,
        options: { block: { client_auth: word } },
      })),
      { text: 'tls a b {\n keylog /tmp/k\n}', options: { block: { keylog: '/tmp/k' } } },
      { text: 'tls', error: /CERT and KEY are missing.*ACME/, at: 'tls' },
      { text: 'tls {\n acme example.org\n}', error: /ACME/, at: 'tls' },
      { text: 'tls a', error: /argument|KEY|path/, at: 'tls' },
      { text: 'tls a b c d', error: /./, at: 'd' },
      { text: 'tls a b {\n client_auth always\n}', error: /nocert/, at: 'always' },
      { text: 'tls a b {\n client_auth\n}', error: /./, at: 'client_auth' },
      { text: 'tls a b {\n keylog\n}', error: /./, at: 'keylog' },
      { text: 'tls a b {\n nosuch\n}', error: /no option/, at: 'nosuch' },
      { text: 'tls a b\ntls a b', error: /./, at: 'tls' },
    ],
    { it },
  )
})

function host(): FakeHost {
  const made = fakeHost({ plugin: 'tls' })
  for (const name of ['a.crt', 'a.key', 'ca.crt']) made.files.set(`/etc/dns/${name}`, name)
  made.settings.root = '/etc/dns'
  return made
}

describe('tls', () => {
  it('tells core the files, relative to root, and the rules', async () => {
    const text = 'tls a.crt a.key /etc/dns/ca.crt {\n client_auth require\n keylog keys.log\n}'
    const loaded = await loadPlugin(tls, text, { host: host() })
    expect(loaded.host.settings.tls).toMatchObject({
      certPath: '/etc/dns/a.crt',
      keyPath: '/etc/dns/a.key',
      caPath: '/etc/dns/ca.crt',
      clientAuth: 'require',
      keylogPath: '/etc/dns/keys.log',
    })
  })

  it.each([
    ['tls b.crt a.key', "can't read the certificate b.crt: there is no such file", 'b.crt'],
    ['tls a.crt b.key', "can't read the private key b.key: there is no such file", 'b.key'],
    ['tls a.crt a.key b', "can't read the CA file b: there is no such file", 'b'],
    ['tls /etc/dns a.key', "can't read the certificate /etc/dns: it is a directory", '/etc/dns'],
  ])('refuses %j', async (text, message, at) => {
    const errors = await configErrorsOf(() => loadPlugin(tls, text, { host: host() }))
    expectError(errors, { at })
    expect(errors[0]?.message).toBe(message)
  })

  lifeCycleSuite(tls, 'tls a.crt a.key', {
    it,
    host,
    bad: { corefile: 'tls a.crt b.key', at: 'b.key' },
  })
})
