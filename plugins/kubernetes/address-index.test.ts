import { seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { AddressIndex, addressKey, type Placed, Places } from './address-index.ts'

const thing = (id: number): Placed & { id: number } => ({ id, place: -1 })

describe('AddressIndex', () => {
  it('finds what is at an address, in the order of its coming', () => {
    const [a, b, c] = [thing(0), thing(1), thing(2)]
    const index = new AddressIndex(new Places<Placed>())
    for (const one of [a, b, a, c]) index.enter(1, one)
    index.enter('::1', c)
    expect([index.at(1), index.at('::1'), index.at(2)]).toEqual([[a, b, c], [c], []])
    index.leave(1, a)
    index.leave(1, a)
    index.leave(1, c)
    expect([index.at(1), index.at('::1')]).toEqual([[b], [c]])
  })

  it('shares places with an index of the same things', () => {
    const [a, b] = [thing(0), thing(1)]
    const places = new Places<Placed>()
    const [one, other] = [new AddressIndex(places), new AddressIndex(places)]
    one.enter(1, a)
    other.enter(1, a)
    one.leave(1, a)
    one.enter(2, b)
    expect([one.at(1), one.at(2), other.at(1)]).toEqual([[], [b], [a]])
  })

  it('agrees with lists, whatever comes and goes', () => {
    const random = seededRandom(3)
    const index = new AddressIndex(new Places<Placed & { id: number }>())
    const lists = new Map<number, (Placed & { id: number })[]>()
    const all = Array.from({ length: 20 }, (_, id) => thing(id))
    for (let turn = 0; turn < 5000; turn++) {
      const key = random.below(12)
      const one = all[random.below(all.length)]!
      const list = (lists.get(key) ?? []).filter((other) => other !== one)
      if (random.below(2) === 0) {
        index.leave(key, one)
        lists.set(key, list)
      } else if (!lists.get(key)?.includes(one)) {
        index.enter(key, one)
        lists.set(key, [...list, one])
      }
      expect(index.at(key)).toEqual(lists.get(key) ?? [])
    }
    for (const [key, list] of lists) for (const one of list) index.leave(key, one)
    expect(all.every(({ place }) => place === -1)).toBe(true)
  })
})

describe('addressKey', () => {
  it.each([
    ['192.0.2.1', 0xc0000201],
    ['0.0.0.0', 0],
    ['192.0.2.01', '192.0.2.01'],
    ['192.0.2.256', '192.0.2.256'],
    ['192.0.2', '192.0.2'],
    ['2001:DB8:0::1', '2001:db8::1'],
  ])('of %s is %s', (text, key) => {
    expect(addressKey(text)).toBe(key)
    expect(addressKey(`(${text})`, 1, text.length + 1)).toBe(key)
  })
})
