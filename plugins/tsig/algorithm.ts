/** The MAC algorithms of TSIG. RFC 8945 6. */

import { type DigestAlgorithm, Name } from '@fingerpost/sdk'

/** An algorithm by its name on the wire. */
export interface TsigAlgorithm {
  readonly name: Name
  readonly digest: DigestAlgorithm
  /** Octets of a whole MAC. */
  readonly macSize: number
}

const algorithm = (text: string, digest: DigestAlgorithm, macSize: number): TsigAlgorithm => ({
  name: Name.parseText(text),
  digest,
  macSize,
})

const algorithms: readonly TsigAlgorithm[] = [
  algorithm('hmac-sha1', 'sha1', 20),
  algorithm('hmac-sha224', 'sha224', 28),
  algorithm('hmac-sha256', 'sha256', 32),
  algorithm('hmac-sha384', 'sha384', 48),
  algorithm('hmac-sha512', 'sha512', 64),
]

/** Finds an algorithm; undefined for one that isn't known. */
export function findAlgorithm(name: Name): TsigAlgorithm | undefined {
  return algorithms.find((one) => one.name.equals(name))
}
