/**
 * RDATA between wire and presentation form, driven by one table of field layouts; types without a
 * layout are written in the generic form. RFC 1035 3.3, RFC 3597 5, and the RFC of each type.
 */

import { type Field, fields } from './rdata-fields.ts'
import { WireReader } from './wire-reader.ts'

/** Formats the RDATA at `start`..`end`; the whole message is needed to follow compression. */
export function formatRdata(type: string, message: Buffer, start: number, end: number): string {
  const layout = layouts[type]
  if (layout === undefined) return formatGeneric(message.subarray(start, end))
  const reader = new WireReader(message, start, end)
  const words = layout.map((field) => fields[field].format(reader)).filter((word) => word !== '')
  if (!reader.isAtEnd) throw new Error(`${type} RDATA is longer than its fields`)
  return words.join(' ')
}

/** Composes RDATA from the words of its presentation form; names stay uncompressed. */
export function composeRdata(type: string, words: readonly string[]): Buffer {
  if (words[0] === '\\#') return Buffer.from(words.slice(2).join(''), 'hex')
  const layout = layouts[type]
  if (layout === undefined) throw new Error(`no layout for ${type}: write it as \\# LENGTH HEX`)
  const left = [...words]
  const rdata = Buffer.concat(layout.map((field) => fields[field].compose(left)))
  if (left.length > 0) throw new Error(`${type} RDATA has words left: ${left.join(' ')}`)
  return rdata
}

const layouts: Readonly<Record<string, readonly Field[]>> = {
  A: ['ipv4'],
  AAAA: ['ipv6'],
  NS: ['name'],
  CNAME: ['name'],
  PTR: ['name'],
  DNAME: ['name'],
  MB: ['name'],
  MG: ['name'],
  MR: ['name'],
  MX: ['u16', 'name'],
  AFSDB: ['u16', 'name'],
  KX: ['u16', 'name'],
  RT: ['u16', 'name'],
  SOA: ['name', 'name', 'u32', 'u32', 'u32', 'u32', 'u32'],
  RP: ['name', 'name'],
  HINFO: ['string', 'string'],
  TXT: ['strings'],
  SPF: ['strings'],
  SRV: ['u16', 'u16', 'u16', 'name'],
  NAPTR: ['u16', 'u16', 'string', 'string', 'string', 'name'],
  CAA: ['u8', 'tag', 'quotedRest'],
  URI: ['u16', 'u16', 'quotedRest'],
  DS: ['u16', 'u8', 'u8', 'hex'],
  CDS: ['u16', 'u8', 'u8', 'hex'],
  DNSKEY: ['u16', 'u8', 'u8', 'base64'],
  CDNSKEY: ['u16', 'u8', 'u8', 'base64'],
  SSHFP: ['u8', 'u8', 'hex'],
  TLSA: ['u8', 'u8', 'u8', 'hex'],
  SMIMEA: ['u8', 'u8', 'u8', 'hex'],
  OPENPGPKEY: ['base64'],
  SVCB: ['u16', 'name', 'serviceParameters'],
  HTTPS: ['u16', 'name', 'serviceParameters'],
  RRSIG: ['type', 'u8', 'u8', 'u32', 'u32', 'u32', 'u16', 'name', 'base64'],
  NSEC: ['name', 'typeBitmap'],
  NSEC3: ['u8', 'u8', 'u16', 'salt', 'hashedName', 'typeBitmap'],
  NSEC3PARAM: ['u8', 'u8', 'u16', 'salt'],
}

function formatGeneric(rdata: Buffer): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${rdata.toString('hex')}`
}
