/** Records for plugins to answer with, of the types that are made most. */

import { Class } from '../dns/class.ts'
import { parseIpv4, parseIpv6 } from '../dns/ip-address.ts'
import { Type } from '../dns/type.ts'
import type { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import type { MxData } from './mx.ts'
import { composeRdata, type RdataByType } from './rdata.ts'
import type { SoaData } from './soa.ts'
import type { SrvData } from './srv.ts'
import { splitString } from './txt.ts'

/**
 * Makes a record of any type that has a codec, class IN unless said otherwise.
 * @throws RangeError when a value has no wire form.
 * @example makeRr(owner, Type.CAA, 300, { flags: 0, tag: 'issue', value })
 */
export function makeRr<T extends keyof RdataByType>(
  owner: Name,
  type: T,
  ttlSeconds: number,
  data: RdataByType[T],
  rrClass: number = Class.IN,
): Rr {
  return { owner, type, class: rrClass, ttlSeconds, rdata: composeRdata(type, data) }
}

/** Makes an A record from 4 octets or their text. Octets are kept, not copied. */
export function makeA(
  owner: Name,
  ttlSeconds: number,
  address: Uint8Array | string,
  rrClass: number = Class.IN,
): Rr {
  const rdata = typeof address === 'string' ? parseIpv4(address) : address
  if (rdata?.length !== 4) throw new RangeError(`'${address}' is not an IPv4 address`)
  return { owner, type: Type.A, class: rrClass, ttlSeconds, rdata }
}

/** Makes an AAAA record from 16 octets or their text. Octets are kept, not copied. */
export function makeAaaa(
  owner: Name,
  ttlSeconds: number,
  address: Uint8Array | string,
  rrClass: number = Class.IN,
): Rr {
  const rdata = typeof address === 'string' ? parseIpv6(address) : address
  if (rdata?.length !== 16) throw new RangeError(`'${address}' is not an IPv6 address`)
  return { owner, type: Type.AAAA, class: rrClass, ttlSeconds, rdata }
}

/** Makes an NS record. */
export function makeNs(owner: Name, ttlSeconds: number, target: Name, rrClass?: number): Rr {
  return makeTarget(owner, Type.NS, ttlSeconds, target, rrClass)
}

/** Makes a CNAME record. */
export function makeCname(owner: Name, ttlSeconds: number, target: Name, rrClass?: number): Rr {
  return makeTarget(owner, Type.CNAME, ttlSeconds, target, rrClass)
}

/** Makes a PTR record. */
export function makePtr(owner: Name, ttlSeconds: number, target: Name, rrClass?: number): Rr {
  return makeTarget(owner, Type.PTR, ttlSeconds, target, rrClass)
}

/** Makes an MX record. */
export function makeMx(owner: Name, ttlSeconds: number, data: MxData, rrClass?: number): Rr {
  return makeRr(owner, Type.MX, ttlSeconds, data, rrClass)
}

/** Makes an SRV record. */
export function makeSrv(owner: Name, ttlSeconds: number, data: SrvData, rrClass?: number): Rr {
  return makeRr(owner, Type.SRV, ttlSeconds, data, rrClass)
}

/** Makes an SOA record. */
export function makeSoa(owner: Name, ttlSeconds: number, data: SoaData, rrClass?: number): Rr {
  return makeRr(owner, Type.SOA, ttlSeconds, data, rrClass)
}

/** Makes a TXT record; a string longer than 255 octets becomes several. */
export function makeTxt(
  owner: Name,
  ttlSeconds: number,
  text: string | readonly (string | Uint8Array)[],
  rrClass?: number,
): Rr {
  const strings = (typeof text === 'string' ? [text] : text).map(toOctets).flatMap(splitString)
  return makeRr(owner, Type.TXT, ttlSeconds, { strings }, rrClass)
}

/** Makes an HINFO record. */
export function makeHinfo(
  owner: Name,
  ttlSeconds: number,
  cpu: string,
  os: string,
  rrClass?: number,
): Rr {
  const data = { cpu: toOctets(cpu), os: toOctets(os) }
  return makeRr(owner, Type.HINFO, ttlSeconds, data, rrClass)
}

function makeTarget(
  owner: Name,
  type: number,
  ttlSeconds: number,
  target: Name,
  rrClass: number = Class.IN,
): Rr {
  return { owner, type, class: rrClass, ttlSeconds, rdata: target.wire }
}

function toOctets(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text
}
