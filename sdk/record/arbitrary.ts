/** Names and records from seeded randomness, for tests: valid ones of every type with a codec. */

import { Class } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import type { Random } from '../host.ts'
import { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import type { RdataByType } from './rdata.ts'
import { composeRdata } from './rdata.ts'

/** What generated names look like: letters and digits only, or any octets. */
export type NameKind = 'hostname' | 'any'

/** The types that {@link arbitraryRr} makes. */
export const ARBITRARY_TYPES: readonly (keyof RdataByType)[] = [
  ...[Type.A, Type.NS, Type.CNAME, Type.SOA, Type.PTR, Type.HINFO, Type.MX, Type.TXT, Type.AAAA],
  ...[Type.LOC, Type.SRV, Type.NAPTR, Type.DNAME, Type.DS, Type.SSHFP, Type.RRSIG, Type.NSEC],
  ...[Type.DNSKEY, Type.NSEC3, Type.NSEC3PARAM, Type.TLSA, Type.SMIMEA, Type.CDS, Type.CDNSKEY],
  ...[Type.SVCB, Type.HTTPS, Type.SPF, Type.URI, Type.CAA],
]

/** Makes a name of 0 to 5 labels, often below the same few parents so that it can be compressed. */
export function arbitraryName(random: Random, kind: NameKind = 'any'): Name {
  const parents = ['example.org.', 'Example.org.', 'a.b.example.org.', 'net.', '.']
  let name = Name.parseText(parents[random.below(parents.length)] as string)
  for (let left = random.below(3); left > 0; left--) {
    // Now and then as long as a label gets, mostly short ones that come again.
    const size = random.below(20) === 0 ? 63 : 1 + random.below(4)
    const label = new Uint8Array(size + 2)
    label[0] = size
    for (let i = 1; i <= size; i++) {
      label[i] = kind === 'any' && random.below(3) === 0 ? random.below(256) : 97 + random.below(26)
    }
    name = Name.join(new Name(label), name) ?? name
  }
  return name
}

/** Makes octets, from `min` to `max` of them. */
export function arbitraryOctets(random: Random, min: number, max: number): Uint8Array {
  return Uint8Array.from({ length: min + random.below(max - min + 1) }, () => random.below(256))
}

/** Makes a record of `type`. */
export function arbitraryRr(random: Random, type: keyof RdataByType, kind: NameKind = 'any'): Rr {
  return {
    owner: arbitraryName(random, kind),
    type,
    class: Class.IN,
    ttlSeconds: random.below(0x80000000),
    rdata: composeRdata(type, arbitraryData(random, kind)[type]() as never),
  }
}

type Generators = { readonly [T in keyof RdataByType]: () => RdataByType[T] }

function arbitraryData(random: Random, kind: NameKind): Generators {
  const uint8 = (): number => random.below(256)
  const uint16 = (): number => random.uint16()
  const uint32 = (): number => random.below(0x100000000)
  const name = (): Name => arbitraryName(random, kind)
  const octets = (min: number, max: number): Uint8Array =>
    kind === 'any'
      ? arbitraryOctets(random, min, max)
      : arbitraryOctets(random, min, max).map((octet) => 97 + (octet % 26))
  const address = (size: number) => (): { address: Uint8Array } => ({
    address: octets(size, size),
  })
  const target = (): { target: Name } => ({ target: name() })
  const txt = (): { strings: Uint8Array[] } => ({
    strings: Array.from({ length: 1 + random.below(3) }, () => octets(0, 255)),
  })
  const types = (): number[] => [...new Set([uint8(), uint8(), uint16()])].sort((a, b) => a - b)
  const ds = (): RdataByType[43] => ({
    keyTag: uint16(),
    algorithm: uint8(),
    digestType: uint8(),
    digest: octets(1, 48),
  })
  const dnskey = (): RdataByType[48] => ({
    flags: uint16(),
    protocol: 3,
    algorithm: uint8(),
    publicKey: octets(1, 100),
  })
  const tlsa = (): RdataByType[52] => ({
    usage: uint8(),
    selector: uint8(),
    matchingType: uint8(),
    association: octets(1, 64),
  })
  const nsec3Param = (): RdataByType[51] => ({
    hashAlgorithm: 1,
    flags: uint8(),
    iterations: uint16(),
    salt: octets(0, 20),
  })
  const svcb = (): RdataByType[64] => {
    const alpn = octets(1, 9)
    return {
      priority: uint16(),
      target: name(),
      params: [
        { key: 1, value: Uint8Array.of(alpn.length, ...alpn, 2, 0x68, 0x32) },
        { key: 3, value: octets(2, 2) },
        { key: 4, value: octets(8, 8) },
        { key: 6, value: octets(16, 16) },
        { key: 7, value: octets(0, 9) },
        { key: 100 + random.below(100), value: octets(0, 9) },
      ].filter(() => random.below(3) > 0),
    }
  }
  return {
    [Type.A]: address(4),
    [Type.NS]: target,
    [Type.CNAME]: target,
    [Type.SOA]: () => ({
      mname: name(),
      rname: name(),
      serial: uint32(),
      refreshSeconds: uint32(),
      retrySeconds: uint32(),
      expireSeconds: uint32(),
      minimumSeconds: uint32(),
    }),
    [Type.PTR]: target,
    [Type.HINFO]: () => ({ cpu: octets(0, 255), os: octets(0, 255) }),
    [Type.MX]: () => ({ preference: uint16(), exchange: name() }),
    [Type.TXT]: txt,
    [Type.AAAA]: address(16),
    [Type.LOC]: () => ({
      sizeCm: random.below(10) * 10 ** random.below(10),
      horizontalPrecisionCm: random.below(10) * 10 ** random.below(10),
      verticalPrecisionCm: random.below(10) * 10 ** random.below(10),
      latitude: random.below(648_000_001) - 324_000_000,
      longitude: random.below(1_296_000_001) - 648_000_000,
      altitudeCm: uint32() - 10_000_000,
    }),
    [Type.SRV]: () => ({ priority: uint16(), weight: uint16(), port: uint16(), target: name() }),
    [Type.NAPTR]: () => ({
      order: uint16(),
      preference: uint16(),
      flags: octets(0, 3),
      services: octets(0, 20),
      regexp: octets(0, 40),
      replacement: name(),
    }),
    [Type.DNAME]: target,
    [Type.DS]: ds,
    [Type.SSHFP]: () => ({
      algorithm: uint8(),
      fingerprintType: uint8(),
      fingerprint: octets(1, 32),
    }),
    [Type.RRSIG]: () => ({
      typeCovered: uint16(),
      algorithm: uint8(),
      labels: uint8(),
      originalTtlSeconds: uint32(),
      expiration: uint32(),
      inception: uint32(),
      keyTag: uint16(),
      signer: name(),
      signature: octets(1, 100),
    }),
    [Type.NSEC]: () => ({ nextName: name(), types: types() }),
    [Type.DNSKEY]: dnskey,
    [Type.NSEC3]: () => ({
      ...nsec3Param(),
      nextHashedOwner: octets(20, 20),
      types: types(),
    }),
    [Type.NSEC3PARAM]: nsec3Param,
    [Type.TLSA]: tlsa,
    [Type.SMIMEA]: tlsa,
    [Type.CDS]: ds,
    [Type.CDNSKEY]: dnskey,
    [Type.SVCB]: svcb,
    [Type.HTTPS]: svcb,
    [Type.SPF]: txt,
    [Type.URI]: () => ({ priority: uint16(), weight: uint16(), target: octets(0, 40) }),
    [Type.CAA]: () => ({ flags: uint8(), tag: 'issue', value: octets(0, 40) }),
  }
}
