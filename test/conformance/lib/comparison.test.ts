import { describe, expect, it } from 'vitest'
import { compareReplies, compareValues, formatDifferences, type Tolerance } from './comparison.ts'
import type { Observation } from './observation.ts'
import type { ReplyFields } from './suite.ts'

const recorded: ReplyFields = {
  rcode: 'NOERROR',
  flags: 'qr aa rd',
  answer: ['a.test. 60 IN A 192.0.2.1', 'a.test. 60 IN A 192.0.2.2'],
  opt: { size: 1232, do: true },
  size: 80,
}
const strict: Tolerance = { ttl: 0, names: [], isOrdered: false }
const [first = '', second = ''] = recorded.answer ?? []

describe('comparing replies', () => {
  it.each<[string, Partial<ReplyFields>, Partial<Tolerance>]>([
    ['equal replies', {}, {}],
    ['records in another order', { answer: [second, first] }, {}],
    ['fields in another order', { opt: { do: true, size: 1232 } }, {}],
    ['a smaller size', { size: 79 }, {}],
    ['TTLs within the tolerance', { answer: [first.replace('60', '59'), second] }, { ttl: 1 }],
    ['a tolerated flag', { flags: 'qr rd' }, { names: ['aa'] }],
    ['a tolerated section', { additional: [first] }, { names: ['additional'] }],
    ['a tolerated size', { size: 81 }, { names: ['size'] }],
    ['a tolerated OPT', { opt: { size: 512 } }, { names: ['opt'] }],
  ])('finds no difference in %s', (_, change, tolerance) => {
    expect(
      compareReplies(recorded, { ...recorded, ...change }, { ...strict, ...tolerance }),
    ).toEqual([])
  })

  it.each<[string, Partial<ReplyFields>, Partial<Tolerance>, string]>([
    ['another rcode', { rcode: 'NXDOMAIN' }, {}, 'rcode'],
    ['another flag', { flags: 'qr rd' }, {}, 'flags'],
    ['a question that is no echo', { question: 'none' }, {}, 'question'],
    ['a wrong ID', { id: 'differs from the query' }, {}, 'id'],
    ['another EDNS size', { opt: { size: 512, do: true } }, {}, 'opt'],
    ['a missing record', { answer: [first] }, {}, 'answer'],
    ['a record twice', { answer: [first, second, second] }, {}, 'answer'],
    ['a larger size', { size: 81 }, {}, 'size'],
    [
      'TTLs outside of the tolerance',
      { answer: [first.replace('60', '58'), second] },
      { ttl: 1 },
      'answer',
    ],
    [
      'records in another order if that counts',
      { answer: [second, first] },
      { isOrdered: true },
      'answer order',
    ],
    ['content if TC is tolerated but not set', { answer: [] }, { names: ['tc-content'] }, 'answer'],
  ])('finds %s', (_, change, tolerance, field) => {
    const differences = compareReplies(
      recorded,
      { ...recorded, ...change },
      { ...strict, ...tolerance },
    )
    expect(differences.map((difference) => difference.field)).toEqual([field])
  })

  it('leaves the content and size of truncated replies open where that is tolerated', () => {
    const cut = { ...recorded, flags: 'qr aa tc rd', answer: [] }
    const tolerance = { ...strict, names: ['tc-content'] }
    expect(compareReplies(cut, { ...cut, answer: [first], size: 99 }, tolerance)).toEqual([])
    expect(compareReplies(cut, { ...recorded }, tolerance)).toMatchObject([{ field: 'flags' }])
  })

  it.each<[string, Observation]>([
    ['no reply', { silence: true }],
    ['no reply, connection closed', { silence: true, closed: true }],
    ['malformed reply (why): 00', { malformed: 'why', hex: '00' }],
  ])('says what came instead: %s', (summary, got) => {
    expect(compareReplies(recorded, got, strict)).toEqual([
      { field: 'reply', expected: 'NOERROR [qr aa rd] 2/0/0 records', got: summary },
    ])
  })

  it('expects silence where silence was recorded', () => {
    expect(compareReplies({ silence: true }, { silence: true, closed: true }, strict)).toEqual([])
    expect(compareReplies({ silence: true }, recorded, strict)).toHaveLength(1)
  })
})

describe('comparing values', () => {
  it('finds fields that only one side has', () => {
    expect(compareValues({ udp: 1, tcp: 0 }, { udp: 1, total: 1 })).toEqual([
      { field: 'tcp', expected: 0, got: undefined },
      { field: 'total', expected: undefined, got: 1 },
    ])
  })
})

describe('differences as text', () => {
  it('show expected and got below each other, records one per line', () => {
    const got = { ...recorded, rcode: 'SERVFAIL', answer: [first], opt: { size: 512 } }
    expect(formatDifferences(compareReplies(recorded, got, strict))).toBe(
      [
        'rcode:',
        '  expected NOERROR',
        '       got SERVFAIL',
        'opt:',
        '  expected {"do":true,"size":1232}',
        '       got {"size":512}',
        'answer:',
        '  expected a.test. 60 IN A 192.0.2.2',
      ].join('\n'),
    )
  })
})
