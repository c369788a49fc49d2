/** Checks the MAC of a query, and signs what answers it. RFC 8945 5. */

import { areEqualMacs, HeaderOffset, hmac, readUint16 } from '@fingerpost/sdk'
import { findAlgorithm, type TsigAlgorithm } from './algorithm.ts'
import type { Keys } from './keys.ts'
import {
  appendTsig,
  concat,
  type FoundTsig,
  type TsigRecord,
  timers,
  tsigVariables,
  uint16,
  uint48,
  withoutTsig,
} from './record.ts'

/** Errors of TSIG (RFC 8945 3). */
export const TsigError = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

/** Seconds that clocks may differ by, in what is signed here (RFC 8945 10). */
const FUDGE_SECONDS = 300
/** A MAC cut shorter than this, or than half, is none (RFC 8945 5.2.2.1). */
const MIN_MAC_SIZE = 10

/** What became of the check of a query. */
export interface Verified {
  /** One of {@link TsigError}. */
  readonly error: number
  /** Signs the messages of the response, in order. */
  readonly seal: (wire: Uint8Array) => Uint8Array
}

/** Checks the signature of a query; `nowSeconds` is Unix time. */
export function verifyTsig(
  wire: Uint8Array,
  { at, record }: FoundTsig & { readonly record: TsigRecord },
  keys: Keys,
  nowSeconds: () => number,
): Verified {
  const secret = keys.find(record.keyName)
  const algorithm = findAlgorithm(record.algorithmName)
  if (secret === undefined || algorithm === undefined) {
    return { error: TsigError.BADKEY, seal: unsigned(record, TsigError.BADKEY) }
  }
  const { mac } = record
  const isCut = mac.length < Math.max(MIN_MAC_SIZE, algorithm.macSize / 2)
  if (isCut || mac.length > algorithm.macSize) {
    const error = isCut && mac.length > 0 ? TsigError.BADTRUNC : TsigError.BADSIG
    return { error, seal: unsigned(record, error) }
  }
  const signed = concat(withoutTsig(wire, at, record.originalId), tsigVariables(record))
  const expected = hmac(algorithm.digest, secret, signed).subarray(0, mac.length)
  if (!areEqualMacs(expected, mac)) {
    return { error: TsigError.BADSIG, seal: unsigned(record, TsigError.BADSIG) }
  }
  const isLate = Math.abs(nowSeconds() - record.timeSeconds) > record.fudgeSeconds
  const error = isLate ? TsigError.BADTIME : TsigError.NONE
  return { error, seal: signer({ record, secret, algorithm, error, nowSeconds }) }
}

interface SignerParts {
  /** The query's. */
  readonly record: TsigRecord
  readonly secret: Uint8Array
  readonly algorithm: TsigAlgorithm
  readonly error: number
  nowSeconds(): number
}

/** Signs the messages of one response: each over the MAC of the one before (RFC 8945 5.3.1). */
function signer({ record, secret, algorithm, error, nowSeconds }: SignerParts): Verified['seal'] {
  let priorMac = record.mac
  let isFirst = true
  return (wire) => {
    // Of a clock that is wrong the client gets its own time back, and ours (RFC 8945 5.2.3).
    const isLate = error === TsigError.BADTIME
    const own = {
      keyName: record.keyName,
      algorithmName: algorithm.name,
      timeSeconds: isLate ? record.timeSeconds : nowSeconds(),
      fudgeSeconds: FUDGE_SECONDS,
      mac: new Uint8Array(0),
      originalId: readUint16(wire, HeaderOffset.ID),
      error,
      other: isLate ? uint48(nowSeconds()) : new Uint8Array(0),
    }
    const variables = isFirst ? tsigVariables(own) : timers(own)
    const data = concat(uint16(priorMac.length), priorMac, wire, variables)
    const mac = hmac(algorithm.digest, secret, data)
    priorMac = mac
    isFirst = false
    return appendTsig(wire, { ...own, mac })
  }
}

/** The record of a response that can't be signed. */
function unsigned(record: TsigRecord, error: number): Verified['seal'] {
  return (wire) =>
    appendTsig(wire, { ...record, mac: new Uint8Array(0), error, other: new Uint8Array(0) })
}

/** The octets of a query without its TSIG, under the id it came with. */
export function stripTsig(wire: Uint8Array, at: number): Uint8Array {
  return withoutTsig(wire, at, readUint16(wire, HeaderOffset.ID))
}
