import { Name, Type } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { assemble, at, bpf } from './packet-filter.ts'
import { steeringProgram } from './question-steering.ts'
import { runFilter } from './test-filter.ts'

const OPT = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]

function datagram(name: string, type: number = Type.A, { opcode = 0, more = [] as number[] } = {}) {
  const qname = Name.parseText(name).wire
  const header = [0, 1, (opcode << 3) | 1, 0, 0, 1, 0, 0, 0, 0, 0, more.length > 0 ? 1 : 0]
  return Uint8Array.from([...header, ...qname, 0, type, 0, 1, ...more])
}

const choose = (bytes: Uint8Array, socketCount = 4): number =>
  runFilter(steeringProgram(socketCount, 12_345), bytes)

describe('the choice of a process', () => {
  it.each([
    ['hosts', (i: number) => `www${i}.example.org.`],
    ['zones', (i: number) => `www.example${i}.org.`],
    ['single labels', (i: number) => `host${i}.`],
    ['reverse names', (i: number) => `${i % 256}.${i >> 8}.168.192.in-addr.arpa.`],
    ['services', (i: number) => `s.namespace-${i}.svc.cluster.local.`],
    ['services with the search path', (i: number) => `a.b${i}.ns.svc.cluster.local.`],
  ])('spreads %s evenly', (_, name) => {
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 4000; i++) {
      const chosen = choose(datagram(name(i)))
      counts[chosen] = (counts[chosen] ?? 0) + 1
    }
    expect(counts).toHaveLength(4)
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('does not depend on case, type, EDNS or id', () => {
    for (let i = 0; i < 200; i++) {
      const name = `www.host-${i}.example.org.`
      const chosen = choose(datagram(name))
      expect(choose(datagram(name.toUpperCase()))).toBe(chosen)
      expect(choose(datagram(name, Type.AAAA))).toBe(chosen)
      expect(choose(datagram(name, Type.A, { more: OPT }))).toBe(chosen)
      const other = datagram(name)
      other[0] = 77
      expect(choose(other)).toBe(chosen)
    }
  })

  it('has another outcome with another seed', () => {
    const names = Array.from({ length: 64 }, (_, i) => datagram(`www${i}.example.org.`))
    const outcome = (seed: number): string =>
      names.map((name) => runFilter(steeringProgram(4, seed), name)).join('')
    expect(outcome(1)).not.toBe(outcome(2))
  })

  it('sends what is about the whole server to the first socket', () => {
    for (let i = 0; i < 50; i++) {
      const name = `zone${i}.example.org.`
      expect(choose(datagram(name, Type.SOA, { opcode: 4 }))).toBe(0)
      for (const type of [Type.HINFO, Type.AXFR, Type.IXFR]) {
        expect(choose(datagram(name, type))).toBe(0)
      }
    }
  })

  it.each([
    ['nothing', []],
    ['a header', new Array(12).fill(0)],
    ['a name that is cut off', [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 65]],
    ['a name without an end', [...new Array(12).fill(0), ...new Array(40).fill(1)]],
    ['octets without sense', new Array(600).fill(0xff)],
  ])('chooses a socket for %s', (_, bytes) => {
    const chosen = choose(Uint8Array.from(bytes))
    expect(chosen).toBeGreaterThanOrEqual(0)
    expect(chosen).toBeLessThan(4)
  })

  it('tells names apart that have many labels, and long ones', () => {
    const deep = Array.from({ length: 40 }, (_, i) => choose(datagram(`${i}.${'a.'.repeat(30)}`)))
    expect(new Set(deep).size).toBe(4)
  })
})

describe('a program', () => {
  it('must not jump back, nor to nowhere', () => {
    expect(() => assemble([bpf.ifEqual(0, 'nowhere')])).toThrow(RangeError)
    expect(() => assemble([at('start', bpf.setA(0)), bpf.ifEqual(0, 'start')])).toThrow(RangeError)
  })
})
