import { compose, formatRr, HEADER_SIZE, Message, parseRrText, type Rr } from '@fingerpost/sdk'
import { makeQuery, seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { arrange } from './arrange.ts'
import { rankOf } from './policy.ts'
import { roundRobin } from './round-robin.ts'

const random = seededRandom(7)
const owners = ['a.test.', 'A.test.', 'b.a.test.']
const data = [
  (n: number) => `IN A 192.0.2.${n}`,
  (n: number) => `IN A 192.0.2.${n}`,
  (n: number) => `IN AAAA 2001:db8::${n}`,
  (n: number) => `IN CNAME c${n}.a.test.`,
  (n: number) => `IN MX ${n} m.b.a.test.`,
  (n: number) => `IN TXT "${n}"`,
]

/** A section of 0 to 6 records; half of all sections have one owner and one type. */
function someRrs(): Rr[] {
  const isPlain = random.below(2) === 0
  const owner = random.below(owners.length)
  const kind = random.below(data.length)
  return Array.from({ length: random.below(7) }, () => {
    const ownerText = owners[isPlain ? owner : random.below(owners.length)]
    const text = data[isPlain ? kind : random.below(data.length)]?.(1 + random.below(250))
    return parseRrText(`${ownerText} ${random.below(1000)} ${text}`)
  })
}

const texts = (rrs: readonly Rr[]): string[] => rrs.map(formatRr).sort()
const ranks = (rrs: readonly Rr[]): number[] => rrs.map((rr) => rankOf(rr.type))

describe('arrange', () => {
  it('keeps every record with its TTL and orders the kinds, whatever the sections are', () => {
    const query = makeQuery('a.test', 'A', { edns: 1232 })
    const policy = roundRobin(random, [])
    let inPlace = 0
    for (let round = 0; round < 1000; round++) {
      const sections = { answer: someRrs(), authority: someRrs(), additional: someRrs() }
      const response = query.reply({ ...sections, edns: { udpSize: 512, flags: 0, options: [] } })
      const arranged = arrange(query, response, policy)
      if (arranged === response) inPlace++
      expect(Message.parse(arranged.toBytes())).toBeDefined()
      expect(arranged.edns?.udpSize).toBe(512)
      for (const name of ['answer', 'authority', 'additional'] as const) {
        expect(texts(arranged[name])).toEqual(texts(sections[name]))
        expect(ranks(arranged[name])).toEqual(ranks(arranged[name]).sort())
      }
    }
    // Both ways were taken.
    expect(inPlace).toBeGreaterThan(50)
    expect(inPlace).toBeLessThan(950)
  })

  it('exchanges addresses of messages that are not compressed', () => {
    const query = makeQuery('a.test')
    const question = query.wire.subarray(HEADER_SIZE, query.questionEnd)
    const { wire } = compose({ id: 1, flags: 0x8000, question })
    const rrs = [1, 2].map((n) => {
      const rdata = [0, 1, 0, 1, 0, 0, 0, n, 0, 4, 192, 0, 2, n]
      return [...query.qname.wire, ...rdata]
    })
    const bytes = Uint8Array.of(...wire, ...rrs.flat())
    bytes[7] = 2
    const response = new Message(bytes)
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const arranged = arrange(query, response, roundRobin(random, []))
      expect(arranged).toBe(response)
      seen.add(arranged.answer.map(({ ttlSeconds, rdata }) => `${ttlSeconds}:${rdata[3]}`).join())
    }
    expect([...seen].sort()).toEqual(['1:1,2:2', '2:2,1:1'])
  })

  it('moves addresses of several owners and families behind an answer to SRV, with their names', () => {
    const query = makeQuery('_x._tcp.a.test', 'SRV', { edns: 1232 })
    const target = (n: number) => `t${n}.a.test.`
    const answer = [1, 2, 3].map((n) => parseRrText(`_x._tcp.a.test. 5 IN SRV 0 1 80 ${target(n)}`))
    const additional = [1, 2, 3].flatMap((n) => [
      parseRrText(`${target(n)} ${n} IN A 192.0.2.${n}`),
      parseRrText(`${target(n)} ${n} IN AAAA 2001:db8::${n}`),
    ])
    for (const edns of [undefined, { udpSize: 512, flags: 0, options: [] }]) {
      const response = query.reply({ answer, additional, ...(edns && { edns }) })
      const seen = new Set<string>()
      for (let i = 0; i < 100; i++) {
        expect(arrange(query, response, roundRobin(random, []))).toBe(response)
        expect(texts(response.additional)).toEqual(texts(additional))
        expect(texts(response.answer)).toEqual(texts(answer))
        expect(response.edns?.udpSize).toBe(edns?.udpSize)
        seen.add(response.additional.map(formatRr).join())
      }
      expect(seen.size).toBeGreaterThan(50)
    }
  })

  it('does not move what the names of other records lie in', () => {
    const query = makeQuery('a.test', 'MX')
    const answer = [parseRrText('a.test. 5 IN MX 1 m.a.test.')]
    const additional = ['A 192.0.2.1', 'AAAA 2001:db8::1'].map((data) =>
      parseRrText(`x.other. 5 IN ${data}`),
    )
    const response = query.reply({ answer, additional })
    const arranged = arrange(query, response, roundRobin(random, []))
    expect(texts(arranged.additional)).toEqual(texts(additional))
    expect(Message.parse(arranged.toBytes())).toBeDefined()
  })
})
