/** DNSKEY and DS, and their children's twins CDNSKEY and CDS (RFC 4034 2 and 5, RFC 7344). */

import { type Field, fields, type RdataCodec } from './codec.ts'
import { restAsBase64, restAsHex, uint8, uint16 } from './fields.ts'

/** A DNSSEC algorithm: in text a number, mnemonics are understood (RFC 4034 A.1; IANA). */
export const dnssecAlgorithm: Field<number> = {
  ...uint8,
  parseText(from) {
    const known = algorithms[from.peek?.text.toUpperCase() ?? '']
    if (known === undefined) return from.uint(0xff)
    from.next('an algorithm')
    return known
  },
}

/** RDATA of DNSKEY and CDNSKEY. */
export interface DnskeyData {
  /** 256 is a zone key, 257 one that is a secure entry point. */
  readonly flags: number
  readonly protocol: number
  readonly algorithm: number
  readonly publicKey: Uint8Array
}

export const dnskeyCodec: RdataCodec<DnskeyData> = fields<DnskeyData>({
  flags: uint16,
  protocol: uint8,
  algorithm: dnssecAlgorithm,
  publicKey: restAsBase64,
})

/** RDATA of DS and CDS. */
export interface DsData {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Uint8Array
}

export const dsCodec: RdataCodec<DsData> = fields<DsData>({
  keyTag: uint16,
  algorithm: dnssecAlgorithm,
  digestType: uint8,
  digest: restAsHex,
})

const algorithms: Readonly<Record<string, number>> = {
  __proto__: null as never,
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECCGOST: 12,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}
