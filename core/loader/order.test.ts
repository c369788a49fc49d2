import { describe, expect, it } from 'vitest'
import { coreDnsOrder, orderChain, withMissing } from './order.ts'

const base = ['errors', 'log', 'cache', 'hosts', 'forward']

describe('the order of the chain', () => {
  it.each([
    ['before its anchor', [{ name: 'x', before: 'cache' }], 'errors log x cache hosts forward'],
    ['after its anchor', [{ name: 'x', after: 'cache' }], 'errors log cache x hosts forward'],
    [
      'between two',
      [{ name: 'x', before: 'forward', after: 'log' }],
      'errors log cache hosts x forward',
    ],
    [
      'several at one place by their names',
      [
        { name: 'b', after: 'log' },
        { name: 'a', after: 'log' },
        { name: 'd', before: 'cache' },
        { name: 'c', before: 'cache' },
      ],
      'errors log a b c d cache hosts forward',
    ],
    [
      'beside other third-party plugins, whatever the order of loading',
      [
        { name: 'a', after: 'b' },
        { name: 'b', after: 'c' },
        { name: 'c', before: 'log' },
      ],
      'errors c b a log cache hosts forward',
    ],
    ['before the sources without a wish', [{ name: 'x' }], 'errors log cache x hosts forward'],
    ['in its own place by a known name', [{ name: 'cache' }], 'errors log cache hosts forward'],
    [
      'elsewhere by a known name that says so',
      [{ name: 'cache', before: 'log' }],
      'errors cache log hosts forward',
    ],
  ])('puts plugins %s', (_, placed, expected) => {
    const { names, faults } = orderChain(base, placed)
    expect(names.join(' ')).toBe(expected)
    expect(faults.size).toBe(0)
  })

  it.each([
    ['an unknown anchor', [{ name: 'x', before: 'caches' }], /'caches'/, "did you mean 'cache'?"],
    ['itself as an anchor', [{ name: 'x', after: 'x' }], /beside itself/, undefined],
    [
      'anchors the wrong way round',
      [{ name: 'x', before: 'log', after: 'cache' }],
      /log comes before cache/,
      undefined,
    ],
    [
      'a circle',
      [
        { name: 'x', before: 'y' },
        { name: 'y', before: 'z' },
        { name: 'z', before: 'x' },
      ],
      /x before y, y before z, z before x/,
      undefined,
    ],
  ])('reports %s', (_, placed, message, suggestion) => {
    const { names, faults } = orderChain(base, placed)
    expect(faults.get('x')?.message).toMatch(message)
    expect(faults.get('x')?.suggestion).toBe(suggestion)
    expect(names).toHaveLength(base.length + placed.length)
  })

  it('does not mind an anchor that exists but is not used', () => {
    const placed = [{ name: 'x', before: 'other' }]
    expect(orderChain(base, placed, (name) => name === 'other').faults.size).toBe(0)
  })

  it("keeps CoreDNS's order and the places of what is missing", () => {
    expect(withMissing(coreDnsOrder)).toEqual(coreDnsOrder)
    expect(
      withMissing(['root', 'own', 'cache', 'forward']).filter((name) => name !== 'own'),
    ).toEqual(coreDnsOrder)
  })
})
