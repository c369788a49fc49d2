import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { areEqualMacs, digest, hmac, importPrivateKey, type JsonWebKey } from './crypto.ts'

const octets = (text: string) => new TextEncoder().encode(text)
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe('hashes and MACs', () => {
  it('are those of the standards', () => {
    // FIPS 180-4 and RFC 4231, test case 2.
    expect(hex(digest('sha1', octets('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
    expect(hex(hmac('sha256', octets('Jefe'), octets('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('are compared by size and content', () => {
    expect(areEqualMacs(octets('abc'), octets('abc'))).toBe(true)
    expect(areEqualMacs(octets('abc'), octets('abd'))).toBe(false)
    expect(areEqualMacs(octets('abc'), octets('ab'))).toBe(false)
  })
})

describe('signatures', () => {
  const data = octets('what is signed')
  it.each([
    ['ecdsa-p256-sha256', 'ec', { namedCurve: 'P-256' }, 'sha256', 64],
    ['ecdsa-p384-sha384', 'ec', { namedCurve: 'P-384' }, 'sha384', 96],
    ['ed25519', 'ed25519', {}, null, 64],
    ['rsa-sha256', 'rsa', { modulusLength: 1024 }, 'sha256', 128],
  ] as const)('of %s are verified', (algorithm, type, options, hash, size) => {
    const pair = generateKeyPairSync(type as 'ec', options as { namedCurve: string })
    const jwk = pair.privateKey.export({ format: 'jwk' }) as unknown as JsonWebKey
    const signature = importPrivateKey(algorithm, jwk).sign(data)
    expect(signature).toHaveLength(size)
    const key = createPublicKey({ key: jwk as never, format: 'jwk' })
    const isGood = verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature)
    expect(isGood).toBe(true)
  })

  it('need a key of their algorithm', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const jwk = privateKey.export({ format: 'jwk' }) as unknown as JsonWebKey
    expect(() => importPrivateKey('rsa-sha256', jwk)).toThrow(/type rsa/)
  })
})
