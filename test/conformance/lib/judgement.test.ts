import { describe, expect, it } from 'vitest'
import { formatFailures, judge } from './judgement.ts'

const same = { label: '1: a A', differences: [] }
const other = { label: '2: b A', differences: [{ field: 'rcode', expected: 'A', got: 'B' }] }
const alsoOther = { ...other, label: '3: c A' }
const reason = 'because'

describe('judging cases', () => {
  it('fails those that differ', () => {
    expect(judge('g/s', [same, other], []).map(({ outcome }) => outcome)).toEqual([
      'passed',
      'failed',
    ])
  })

  it.each([
    ['the case', { where: 'g/s', case: '2: b A', reason }, ['passed', 'deliberate', 'failed']],
    ['the suite', { where: 'g/s', reason }, ['passed', 'deliberate', 'deliberate']],
    ['another suite', { where: 'g/t', reason }, ['passed', 'failed', 'failed']],
  ])('excuses differences that are listed for %s', (_, listed, outcomes) => {
    const judged = judge('g/s', [same, other, alsoOther], [listed])
    expect(judged.map(({ outcome }) => outcome)).toEqual(outcomes)
  })

  it.each([
    ['passes', { where: 'g/s', case: '1: a A', reason }],
    ['does not exist', { where: 'g/s', case: '9: z A', reason }],
    ['would be any of a suite that passes', { where: 'g/s', reason }],
  ])('fails a listed difference whose case %s', (_, listed) => {
    const judged = judge('g/s', [same], [listed])
    expect(judged.map(({ outcome }) => outcome)).toEqual(['passed', 'failed'])
    expect(formatFailures('g/s', judged)).toContain('take it off the list')
  })

  it('tells equal failures once, with the end of what the server wrote', () => {
    const judged = judge('g/s', [same, other, alsoOther], [])
    expect(formatFailures('g/s', judged, 'one\ntwo')).toBe(
      [
        'FAIL  g/s  2: b A',
        '  rcode:',
        '    expected A',
        '         got B',
        '  and so in 1 more: 3: c A',
        '  the end of what the server wrote:',
        '    one',
        '    two',
      ].join('\n'),
    )
    expect(formatFailures('g/s', judge('g/s', [same], []), 'one')).toBe('')
  })
})
