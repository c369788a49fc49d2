/** TLSA, SMIMEA and SSHFP: digests of certificates and keys (RFC 6698, RFC 8162, RFC 4255). */

import { fields, type RdataCodec } from './codec.ts'
import { restAsHex, uint8 } from './fields.ts'

/** RDATA of TLSA and SMIMEA. */
export interface TlsaData {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly association: Uint8Array
}

export const tlsaCodec: RdataCodec<TlsaData> = fields<TlsaData>({
  usage: uint8,
  selector: uint8,
  matchingType: uint8,
  association: restAsHex,
})

/** RDATA of SSHFP. */
export interface SshfpData {
  readonly algorithm: number
  readonly fingerprintType: number
  readonly fingerprint: Uint8Array
}

export const sshfpCodec: RdataCodec<SshfpData> = fields<SshfpData>({
  algorithm: uint8,
  fingerprintType: uint8,
  fingerprint: restAsHex,
})
