/** Keys of zones, as BIND's tools keep them: `K<zone>+<algorithm>+<tag>.key` and `.private`. */

import { importPrivateKey, type JsonWebKey, type SigningAlgorithm } from '../crypto.ts'
import { Type } from '../dns/type.ts'
import { parseBase64 } from '../record/base-text.ts'
import type { DnskeyData } from '../record/dnssec-key.ts'
import { parseRdata } from '../record/rdata.ts'
import { parseRrText } from '../record/rr-text.ts'
import type { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'

/** Set for keys that sign keys: secure entry points (RFC 4034 2.1.1). */
const FLAG_SEP = 1

/** A key of a zone, which signs. */
export interface ZoneKey {
  readonly zone: Name
  readonly algorithm: number
  readonly keyTag: number
  readonly isEntryPoint: boolean
  /** The public half, as it stands in the zone. */
  readonly dnskey: Rr
  sign(data: Uint8Array): Uint8Array
}

/**
 * Reads a pair of key files.
 * @throws Error with what is wrong
 */
export function readZoneKey(publicText: string, privateText: string): ZoneKey {
  const line = publicText.split('\n').find((one) => one.trim() !== '' && !/^\s*;/.test(one))
  const rr = line === undefined ? undefined : parseRrText(line.replace(/;.*$/, ''))
  if (rr?.type !== Type.DNSKEY) throw new SyntaxError('the key file has no DNSKEY record')
  const data = parseRdata(Type.DNSKEY, rr.rdata)
  if (data === undefined) throw new SyntaxError('the DNSKEY record is malformed')
  const signing = algorithms[data.algorithm]
  if (signing === undefined) throw new RangeError(`algorithm ${data.algorithm} is not served`)
  const { sign } = importPrivateKey(signing, webKeyOf(data, privateFields(privateText)))
  return {
    zone: rr.owner,
    algorithm: data.algorithm,
    keyTag: keyTagOf(rr.rdata),
    isEntryPoint: (data.flags & FLAG_SEP) !== 0,
    dnskey: rr,
    sign,
  }
}

/** The tag of a DNSKEY by its RDATA (RFC 4034 B). */
export function keyTagOf(rdata: Uint8Array): number {
  let sum = 0
  for (const [i, octet] of rdata.entries()) sum += i % 2 === 0 ? octet << 8 : octet
  return (sum + (sum >>> 16)) & 0xffff
}

/** DNSSEC's numbers of the algorithms (IANA). */
const algorithms: Readonly<Record<number, SigningAlgorithm>> = {
  5: 'rsa-sha1',
  7: 'rsa-sha1',
  8: 'rsa-sha256',
  10: 'rsa-sha512',
  13: 'ecdsa-p256-sha256',
  14: 'ecdsa-p384-sha384',
  15: 'ed25519',
}

function privateFields(text: string): ReadonlyMap<string, string> {
  const fields = text.split('\n').map((line): [string, string] => {
    const at = line.indexOf(':')
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  })
  return new Map(fields)
}

function webKeyOf(
  { algorithm, publicKey }: DnskeyData,
  fields: ReadonlyMap<string, string>,
): JsonWebKey {
  const field = (name: string): string => {
    const octets = parseBase64(fields.get(name) ?? '')
    if (octets === undefined || octets.length === 0) {
      throw new SyntaxError(`the private key has no ${name}`)
    }
    return base64Url(octets)
  }
  if (algorithm === 15) {
    return { kty: 'OKP', crv: 'Ed25519', x: base64Url(publicKey), d: field('PrivateKey') }
  }
  if (algorithm === 13 || algorithm === 14) {
    const half = publicKey.length / 2
    return {
      kty: 'EC',
      crv: algorithm === 13 ? 'P-256' : 'P-384',
      x: base64Url(publicKey.subarray(0, half)),
      y: base64Url(publicKey.subarray(half)),
      d: field('PrivateKey'),
    }
  }
  return {
    kty: 'RSA',
    n: field('Modulus'),
    e: field('PublicExponent'),
    d: field('PrivateExponent'),
    p: field('Prime1'),
    q: field('Prime2'),
    dp: field('Exponent1'),
    dq: field('Exponent2'),
    qi: field('Coefficient'),
  }
}

function base64Url(octets: Uint8Array): string {
  const text = btoa(String.fromCharCode(...octets))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
