import { decode } from '@leichtgewicht/dns-packet'
import { describe, expect, it } from 'vitest'
import { formatType, Type } from '../dns/type.ts'
import { ARBITRARY_TYPES, arbitraryName, arbitraryRr } from '../record/arbitrary.ts'
import { makeA, makeCname, makeNs, makeSrv, makeTxt } from '../record/make-rr.ts'
import { parseRdata } from '../record/rdata.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { compose, MAX_MESSAGE_SIZE, type MessageParts } from './compose.ts'
import { Message } from './message.ts'
import { Name } from './name.ts'
import type { Rr } from './rr.ts'

const name = (text: string): Name => Name.parseText(text)
const question = (qname: Name, qtype: number = Type.A): Uint8Array =>
  Uint8Array.of(...qname.wire, qtype >> 8, qtype & 0xff, 0, 1)
const parts = (answer: readonly Rr[], more: Partial<MessageParts> = {}): MessageParts => ({
  id: 1,
  flags: 0x8180,
  question: question(name('www.example.org')),
  answer,
  ...more,
})
const plain = (rrs: readonly Rr[]): unknown[] =>
  rrs.map((rr) => ({ ...rr, owner: [...rr.owner.wire], rdata: [...rr.rdata] }))

describe('a composed message', () => {
  it('points at names it has already', () => {
    const { wire } = compose(
      parts([
        makeCname(name('www.example.org'), 5, name('web.example.org')),
        makeA(name('web.example.org'), 5, '192.0.2.1'),
      ]),
    )
    const text = Buffer.from(wire).toString('hex')
    const cname = 'c00c' + '00050001' + '00000005' + '0006' + '03776562' + 'c010'
    const a = 'c02d' + '00010001' + '00000005' + '0004' + 'c0000201'
    expect(text.slice(2 * 33)).toBe(cname + a)
  })

  it('points only at names of the same case', () => {
    const { wire } = compose(parts([makeA(name('WWW.example.org'), 5, '192.0.2.1')]))
    expect(String(Message.parse(wire)?.answer[0]?.owner)).toBe('WWW.example.org.')
    expect(wire.length).toBe(33 + 6 + 14)
    const other = compose(parts([makeA(name('www.EXAMPLE.org'), 5, '192.0.2.1')])).wire
    expect(String(Message.parse(other)?.answer[0]?.owner)).toBe('www.EXAMPLE.org.')
  })

  it('does not compress names in RDATA of types after RFC 1035', () => {
    const target = name('www.example.org')
    const srv = makeSrv(Name.root, 5, { priority: 1, weight: 2, port: 3, target })
    const { wire } = compose(parts([srv]))
    expect(wire.length).toBe(33 + 11 + srv.rdata.length)
  })

  it('does not point past offset 16383', () => {
    const filler = Array.from({ length: 70 }, () => makeTxt(Name.root, 5, 'x'.repeat(255)))
    const late = [1, 2, 3].map(() => makeA(name('late.test'), 5, '192.0.2.1'))
    const { wire } = compose(parts([...filler, ...late]))
    expect(wire.length).toBeGreaterThan(0x4000)
    expect(plain(Message.parse(wire)?.answer ?? [])).toEqual(plain([...filler, ...late]))
  })

  it('leaves out what passes 65,535 octets, from the end, and says so', () => {
    const one = makeTxt(Name.root, 5, 'x'.repeat(255))
    const rrs = Array.from({ length: 300 }, () => one)
    const a = makeA(Name.root, 5, '192.0.2.1')
    const { wire, isCut } = compose(parts(rrs, { authority: [a], additional: [a] }))
    const message = Message.parse(wire)
    const fitting = Math.floor((MAX_MESSAGE_SIZE - 33) / (11 + one.rdata.length))
    expect(isCut).toBe(true)
    expect(wire.length).toBe(33 + fitting * (11 + one.rdata.length))
    expect(message?.answerCount).toBe(fitting)
    expect([message?.authorityCount, message?.additionalCount]).toEqual([0, 0])
  })

  it('takes up to 65,535 octets', () => {
    const rdata = new Uint8Array(MAX_MESSAGE_SIZE - 33 - 11)
    const rr = { owner: Name.root, type: 65280, class: 1, ttlSeconds: 0, rdata }
    expect(compose(parts([rr]))).toMatchObject({ isCut: false, wire: { length: 65535 } })
    const more = { ...rr, rdata: new Uint8Array(rdata.length + 1) }
    expect(compose(parts([more]))).toMatchObject({ isCut: true, wire: { length: 33 } })
  })

  it('may have no question, and room behind it', () => {
    const { wire } = compose({ id: 0xabcd, flags: 0x8000, question: new Uint8Array() }, 11)
    expect([...wire]).toEqual([0xab, 0xcd, 0x80, ...new Array<number>(20).fill(0)])
  })

  it('tells names apart that have the same hash', () => {
    const [left, right] = [name('x-6129333426en.test'), name('x750759375yyyrtz.test')]
    const tops = [name('x-6129333426en'), name('x750759375yyyrtz')] as const
    expect(tops[0].hash).toBe(tops[1].hash)
    const rrs = [
      makeNs(left, 5, right),
      makeNs(right, 5, left),
      makeNs(tops[0], 5, tops[1]),
      makeNs(tops[1], 5, tops[0]),
    ]
    expect(plain(Message.parse(compose(parts(rrs)).wire)?.answer ?? [])).toEqual(plain(rrs))
  })

  it('is not led astray by names of an earlier message in its buffer', () => {
    const before = compose(parts([makeNs(name('a.b.c.d'), 5, name('x.b.c.d'))])).wire
    const other = compose(parts([makeNs(name('q.w.e'), 5, name('b.c.d'))])).wire
    const after = compose(parts([makeNs(name('a.b.c.d'), 5, name('x.b.c.d'))])).wire
    expect(after).toEqual(before)
    expect(String(Message.parse(other)?.answer[0]?.owner)).toBe('q.w.e.')
  })
})

describe('messages of any records', () => {
  it('are parsed to what was composed', () => {
    const random = seededRandom(11)
    for (let i = 0; i < 300; i++) {
      const section = (): Rr[] =>
        Array.from({ length: random.below(6) }, () =>
          arbitraryRr(random, ARBITRARY_TYPES[random.below(ARBITRARY_TYPES.length)] as 1),
        )
      const qname = arbitraryName(random)
      const sections = { answer: section(), authority: section(), additional: section() }
      const { wire, isCut } = compose({
        id: random.uint16(),
        flags: 0x8400,
        question: question(qname, 255),
        ...sections,
      })
      const message = Message.parse(wire)
      expect(isCut).toBe(false)
      expect([...(message?.qname.wire ?? [])]).toEqual([...qname.wire])
      expect(message?.qtype).toBe(255)
      expect(plain(message?.answer ?? [])).toEqual(plain(sections.answer))
      expect(plain(message?.authority ?? [])).toEqual(plain(sections.authority))
      expect(plain(message?.additional ?? [])).toEqual(plain(sections.additional))
      expect(message?.size).toBe(wire.length)
    }
  })
})

describe('an independent decoder', () => {
  // Types that dns-packet reads; it knows a name without its trailing dot.
  const known = [
    ...[Type.A, Type.AAAA, Type.NS, Type.CNAME, Type.SOA, Type.PTR, Type.HINFO, Type.MX],
    ...[Type.TXT, Type.SRV, Type.CAA, Type.DNAME, Type.DS, Type.DNSKEY, Type.RRSIG, Type.NSEC],
    ...[Type.NSEC3],
  ] as const
  const dotless = (value: Name): string => String(value).replace(/(.)\.$/, '$1')
  const text = (octets: Uint8Array): string => Buffer.from(octets).toString()

  /** What dns-packet is expected to make of our typed form. */
  function expected(type: (typeof known)[number], rdata: Uint8Array): unknown {
    // biome-ignore lint/suspicious/noExplicitAny: one table over all shapes
    const data = parseRdata(type, rdata) as any
    switch (type) {
      case Type.NS:
      case Type.CNAME:
      case Type.PTR:
      case Type.DNAME:
        return dotless(data.target)
      case Type.SOA:
        return {
          mname: dotless(data.mname),
          rname: dotless(data.rname),
          serial: data.serial,
          refresh: data.refreshSeconds,
          retry: data.retrySeconds,
          expire: data.expireSeconds,
          minimum: data.minimumSeconds,
        }
      case Type.HINFO:
        return { cpu: text(data.cpu), os: text(data.os) }
      case Type.MX:
        return { preference: data.preference, exchange: dotless(data.exchange) }
      case Type.TXT:
        return data.strings.map(text)
      case Type.SRV:
        return { ...data, target: dotless(data.target) }
      case Type.CAA:
        return { flags: data.flags, tag: data.tag, value: text(data.value) }
      case Type.DS:
        return { ...data, digest: text(data.digest) }
      case Type.DNSKEY:
        return { flags: data.flags, algorithm: data.algorithm, key: text(data.publicKey) }
      case Type.RRSIG:
        return {
          algorithm: data.algorithm,
          labels: data.labels,
          originalTTL: data.originalTtlSeconds,
          expiration: data.expiration,
          inception: data.inception,
          keyTag: data.keyTag,
          signersName: dotless(data.signer),
          signature: text(data.signature),
        }
      case Type.NSEC:
        return { nextDomain: dotless(data.nextName), rrtypes: { length: data.types.length } }
      case Type.NSEC3:
        return {
          algorithm: data.hashAlgorithm,
          flags: data.flags,
          iterations: data.iterations,
          salt: text(data.salt),
          nextDomain: text(data.nextHashedOwner),
          rrtypes: { length: data.types.length },
        }
      default:
        return undefined
    }
  }

  const asText = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return text(value)
    if (Array.isArray(value)) return value.map(asText)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]))
  }

  it.each(known.map((type) => [formatType(type), type] as const))('reads %s', (mnemonic, type) => {
    const random = seededRandom(type)
    for (let i = 0; i < 30; i++) {
      const rrs = [0, 1, 2].map(() => arbitraryRr(random, type, 'hostname'))
      const message = decode(compose(parts(rrs)).wire)
      expect(message.answers).toHaveLength(3)
      for (const [at, answer] of (message.answers ?? []).entries()) {
        const rr = rrs[at] as Rr
        expect(answer).toMatchObject({
          name: dotless(rr.owner),
          type: mnemonic,
          ttl: rr.ttlSeconds,
          class: 'IN',
        })
        const { data } = answer as unknown as { data: unknown }
        const wanted = expected(type, rr.rdata)
        if (typeof wanted === 'object') expect(asText(data)).toMatchObject(wanted as object)
        else if (wanted !== undefined) expect(data).toBe(wanted)
        else if (type === Type.A) expect(data).toBe([...rr.rdata].join('.'))
        else expect(typeof data).toBe('string')
      }
    }
  })
})
