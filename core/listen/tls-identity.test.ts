import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, type TlsSettings } from '@fingerpost/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import { testFile, testTls } from './test-peer.ts'
import { isSameTls, loadTls } from './tls-identity.ts'

const { files } = await selectRuntime()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'))
  await writeFile(join(folder, 'garbage'), 'no PEM at all')
  await writeFile(
    join(folder, 'bad.crt'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  )
})
afterAll(() => rm(folder, { recursive: true }))

const load = (settings: Partial<TlsSettings>): ReturnType<typeof loadTls> =>
  loadTls(files(''), testTls(settings))

describe('loadTls', () => {
  it('reads a certificate, its key and the CA', async () => {
    const { cert, key, ca } = await load({ caPath: testFile('client.crt') })
    expect(cert).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(key).toMatch(/PRIVATE KEY/)
    expect(ca).toHaveLength(1)
  })

  it('takes a certificate in front of the key in one file', async () => {
    const both = join(folder, 'both.pem')
    const { cert, key } = await load({})
    await writeFile(both, `${cert}\n${key}`)
    const loaded = await load({ certPath: both, keyPath: both })
    expect([loaded.cert, loaded.key]).toEqual([cert, key])
  })

  const bad: readonly [string, () => Partial<TlsSettings>, RegExp][] = [
    [
      'a certificate that is not there',
      () => ({ certPath: '/no/such' }),
      /can't read the certificate \/no\/such: there is no such file/,
    ],
    ['a key that is not there', () => ({ keyPath: '/no/such' }), /can't read the private key/],
    ['a CA that is not there', () => ({ caPath: '/no/such' }), /can't read the CA file/],
    [
      'a folder',
      () => ({ certPath: folder }),
      /can't read the certificate .*: it is a directory|EISDIR/,
    ],
    [
      'another key',
      () => ({ keyPath: testFile('client.key') }),
      /the key .*client.key does not belong to .*server.crt/,
    ],
    ['a certificate of garbage', () => ({ certPath: join(folder, 'garbage') }), /no certificate/],
    ['a broken certificate', () => ({ certPath: join(folder, 'bad.crt') }), /no certificate/],
    ['a key of garbage', () => ({ keyPath: join(folder, 'garbage') }), /no usable private key/],
    ['a CA of garbage', () => ({ caPath: join(folder, 'garbage') }), /no certificate in PEM/],
    ['a broken CA', () => ({ caPath: join(folder, 'bad.crt') }), /can't be read/],
    [
      'a key log that can not be written',
      () => ({ keylogPath: join(folder, 'no/such/keys') }),
      /can't write the key log|does not work under Deno/,
    ],
  ]
  it.each(bad)('refuses %s at the directive', async (_, settings, message) => {
    const error = await load(settings()).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).message).toMatch(message)
    expect((error as ConfigError).at?.text).toBe('tls')
  })
})

describe('isSameTls', () => {
  it.each([
    ['the same files', {}, true],
    ['another certificate', { certPath: 'client.crt', keyPath: 'client.key' }, false],
    ['a CA', { caPath: 'client.crt' }, false],
  ] as const)('with %s: %s', async (_, names, isSame) => {
    const paths = Object.fromEntries(
      Object.entries(names).map(([what, name]) => [what, testFile(name)]),
    )
    expect(isSameTls(await load({}), await load(paths))).toBe(isSame)
  })

  it('tells rules for clients and the absence of TLS apart', async () => {
    const one = await load({})
    expect(isSameTls(one, await load({ clientAuth: 'require' }))).toBe(false)
    expect([isSameTls(one, undefined), isSameTls(undefined, undefined)]).toEqual([false, true])
  })
})
