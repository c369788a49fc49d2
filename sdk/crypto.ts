/**
 * Hashes, MACs and signatures for plugins: `node:crypto`, which every runtime has. Synchronous, and
 * nothing but computation: the one thing of the runtime that the SDK uses itself.
 */

import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

/** Hash functions by their usual names. */
export type DigestAlgorithm = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** DNSSEC's algorithms for signatures: RFC 3110, RFC 5702, RFC 6605, RFC 8080. */
export type SigningAlgorithm = keyof typeof signing

/** A private key that signs. */
export interface PrivateKey {
  /** The signature as DNSSEC has it: r and s of ECDSA one behind the other (RFC 6605 4). */
  sign(data: Uint8Array): Uint8Array
}

/** The members of a JSON Web Key (RFC 7517, RFC 8037) that keys for DNSSEC have. */
export interface JsonWebKey {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: 'P-256' | 'P-384' | 'Ed25519'
  readonly n?: string
  readonly e?: string
  readonly d?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
  readonly x?: string
  readonly y?: string
}

/** The hash of `data`. */
export function digest(algorithm: DigestAlgorithm, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(data).digest())
}

/** The MAC of `data` (RFC 2104). */
export function hmac(algorithm: DigestAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac(algorithm, key).update(data).digest())
}

/** Whether two MACs are equal, in a time that does not depend on where they differ. */
export function areEqualMacs(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Takes a private key.
 * @throws Error when it is no key for the algorithm
 */
export function importPrivateKey(algorithm: SigningAlgorithm, key: JsonWebKey): PrivateKey {
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const { type, hash } = signing[algorithm]
  if (privateKey.asymmetricKeyType !== type) {
    throw new TypeError(`${algorithm} needs a key of type ${type}`)
  }
  // Without it ECDSA signatures would be DER.
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
  const made = { sign: (data: Uint8Array) => new Uint8Array(sign(hash, data, options)) }
  const isPublic = ([name]: readonly [string, unknown]) => PUBLIC_MEMBERS.includes(name)
  const publicMembers = Object.fromEntries(Object.entries(key).filter(isPublic))
  const publicHalf = createPublicKey({ key: publicMembers, format: 'jwk' })
  const sample = new Uint8Array(1)
  // Halves of two keys would make signatures that nobody can verify.
  if (!verify(hash, sample, { ...options, key: publicHalf }, made.sign(sample))) {
    throw new TypeError('the private key does not belong to the public key')
  }
  return made
}

const PUBLIC_MEMBERS = ['kty', 'crv', 'n', 'e', 'x', 'y']

const signing = {
  'rsa-sha1': { type: 'rsa', hash: 'sha1' },
  'rsa-sha256': { type: 'rsa', hash: 'sha256' },
  'rsa-sha512': { type: 'rsa', hash: 'sha512' },
  'ecdsa-p256-sha256': { type: 'ec', hash: 'sha256' },
  'ecdsa-p384-sha384': { type: 'ec', hash: 'sha384' },
  ed25519: { type: 'ed25519', hash: null },
} as const
