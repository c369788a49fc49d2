/**
 * RDATA of any type between octets, typed form and text. Unknown types, and octets that are not
 * what their type says, have the generic text form (RFC 3597 section 5).
 */

import { formatType, Type } from '../dns/type.ts'
import type { Name } from '../wire/name.ts'
import { type AddressData, aaaaCodec, aCodec } from './address.ts'
import { formatHex, parseHex } from './base-text.ts'
import { type CaaData, caaCodec } from './caa.ts'
import type { RdataCodec } from './codec.ts'
import { type DnskeyData, type DsData, dnskeyCodec, dsCodec } from './dnssec-key.ts'
import { type SshfpData, sshfpCodec, type TlsaData, tlsaCodec } from './fingerprint.ts'
import { type HinfoData, hinfoCodec } from './hinfo.ts'
import { type LocData, locCodec } from './loc.ts'
import { type MxData, mxCodec } from './mx.ts'
import { type NaptrData, naptrCodec } from './naptr.ts'
import {
  type Nsec3Data,
  type Nsec3ParamData,
  type NsecData,
  nsec3Codec,
  nsec3ParamCodec,
  nsecCodec,
} from './nsec.ts'
import { MAX_RDATA_SIZE } from './rdata-writer.ts'
import { type RrsigData, rrsigCodec } from './rrsig.ts'
import { type SoaData, soaCodec } from './soa.ts'
import { type SrvData, srvCodec } from './srv.ts'
import { type SvcbData, svcbCodec } from './svcb.ts'
import { type TargetData, targetCodec } from './target.ts'
import { TextReader } from './text-reader.ts'
import { type TxtData, txtCodec } from './txt.ts'
import { type UriData, uriCodec } from './uri.ts'
import { type ZoneToken, zoneEntries } from './zone-text.ts'

/** The typed form of RDATA by type. */
export interface RdataByType {
  readonly [Type.A]: AddressData
  readonly [Type.NS]: TargetData
  readonly [Type.CNAME]: TargetData
  readonly [Type.SOA]: SoaData
  readonly [Type.PTR]: TargetData
  readonly [Type.HINFO]: HinfoData
  readonly [Type.MX]: MxData
  readonly [Type.TXT]: TxtData
  readonly [Type.AAAA]: AddressData
  readonly [Type.LOC]: LocData
  readonly [Type.SRV]: SrvData
  readonly [Type.NAPTR]: NaptrData
  readonly [Type.DNAME]: TargetData
  readonly [Type.DS]: DsData
  readonly [Type.SSHFP]: SshfpData
  readonly [Type.RRSIG]: RrsigData
  readonly [Type.NSEC]: NsecData
  readonly [Type.DNSKEY]: DnskeyData
  readonly [Type.NSEC3]: Nsec3Data
  readonly [Type.NSEC3PARAM]: Nsec3ParamData
  readonly [Type.TLSA]: TlsaData
  readonly [Type.SMIMEA]: TlsaData
  readonly [Type.CDS]: DsData
  readonly [Type.CDNSKEY]: DnskeyData
  readonly [Type.SVCB]: SvcbData
  readonly [Type.HTTPS]: SvcbData
  readonly [Type.SPF]: TxtData
  readonly [Type.URI]: UriData
  readonly [Type.CAA]: CaaData
}

const codecs: { readonly [T in keyof RdataByType]: RdataCodec<RdataByType[T]> } = {
  [Type.A]: aCodec,
  [Type.NS]: targetCodec,
  [Type.CNAME]: targetCodec,
  [Type.SOA]: soaCodec,
  [Type.PTR]: targetCodec,
  [Type.HINFO]: hinfoCodec,
  [Type.MX]: mxCodec,
  [Type.TXT]: txtCodec,
  [Type.AAAA]: aaaaCodec,
  [Type.LOC]: locCodec,
  [Type.SRV]: srvCodec,
  [Type.NAPTR]: naptrCodec,
  [Type.DNAME]: targetCodec,
  [Type.DS]: dsCodec,
  [Type.SSHFP]: sshfpCodec,
  [Type.RRSIG]: rrsigCodec,
  [Type.NSEC]: nsecCodec,
  [Type.DNSKEY]: dnskeyCodec,
  [Type.NSEC3]: nsec3Codec,
  [Type.NSEC3PARAM]: nsec3ParamCodec,
  [Type.TLSA]: tlsaCodec,
  [Type.SMIMEA]: tlsaCodec,
  [Type.CDS]: dsCodec,
  [Type.CDNSKEY]: dnskeyCodec,
  [Type.SVCB]: svcbCodec,
  [Type.HTTPS]: svcbCodec,
  [Type.SPF]: txtCodec,
  [Type.URI]: uriCodec,
  [Type.CAA]: caaCodec,
}

/** The codec of a type; undefined for a type without one. */
export function rdataCodec<T extends keyof RdataByType>(type: T): RdataCodec<RdataByType[T]>
export function rdataCodec(type: number): RdataCodec<unknown> | undefined
export function rdataCodec(type: number): RdataCodec<unknown> | undefined {
  return Object.hasOwn(codecs, type)
    ? (codecs[type as keyof RdataByType] as RdataCodec<unknown>)
    : undefined
}

/**
 * Reads RDATA of a known type; undefined when it is malformed.
 * @example parseRdata(Type.SOA, rr.rdata)?.serial
 */
export function parseRdata<T extends keyof RdataByType>(
  type: T,
  rdata: Uint8Array,
): RdataByType[T] | undefined {
  return rdataCodec(type).parse(rdata)
}

/**
 * Writes RDATA of a known type.
 * @throws RangeError when a value has no wire form.
 */
export function composeRdata<T extends keyof RdataByType>(
  type: T,
  data: RdataByType[T],
): Uint8Array {
  return rdataCodec(type).compose(data)
}

/** Writes the presentation form of any RDATA; `\# 3 abcdef` for what can't be read. */
export function formatRdata(type: number, rdata: Uint8Array): string {
  const codec = rdataCodec(type)
  const data = codec?.parse(rdata)
  return data === undefined ? formatGeneric(rdata) : (codec as RdataCodec<unknown>).format(data)
}

/**
 * Reads the presentation form of RDATA of any type, `\# 3 abcdef` included; relative names are
 * completed with `origin`, the root by default.
 * @throws RangeError that says what was expected.
 */
export function parseRdataText(
  type: number,
  text: string | readonly ZoneToken[],
  origin?: Name,
): Uint8Array {
  const tokens = typeof text === 'string' ? [...zoneEntries(text)].flatMap((e) => e.tokens) : text
  const codec = rdataCodec(type)
  try {
    if (tokens[0]?.text === '\\#' && !tokens[0].isQuoted) return parseGeneric(tokens, codec)
    if (codec === undefined) throw new TextReader(tokens).error('\\#, a size and hex digits')
    return codec.compose(codec.parseText(tokens, origin))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`${formatType(type)} ${error.message}`, { cause: error })
  }
}

function formatGeneric(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${formatHex(rdata)}`
}

/** Reads `\# size hex…`; for a known type it must be what the type says (RFC 3597 section 5). */
function parseGeneric(
  tokens: readonly ZoneToken[],
  codec: RdataCodec<unknown> | undefined,
): Uint8Array {
  const from = new TextReader(tokens.slice(1))
  const size = from.uint(MAX_RDATA_SIZE)
  const text = from.joined()
  const rdata = parseHex(text)
  if (rdata?.length !== size) throw from.error(`${2 * size} hex digits`, text)
  if (codec !== undefined && codec.parse(rdata) === undefined) {
    throw from.error('RDATA that is valid for its type', text)
  }
  return rdata
}
