import { HEADER_SIZE, Name } from '@fingerpost/sdk'
import { makeQuery, seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { HostsTable } from './hosts-table.ts'
import { NameTable } from './name-table.ts'

const find = (table: NameTable, name: Name): number => table.find(name.hash, name.wire, 0)

describe('NameTable', () => {
  it('finds every name it was given, without case, and keeps the order of lists', () => {
    const random = seededRandom(1)
    const table = new NameTable(2)
    const model = new Map<string, [number[], number[]]>()
    for (let i = 0; i < 5000; i++) {
      const text = `h${random.below(700)}.z${random.below(3)}.test.`
      const list = random.below(2)
      const lists = model.get(text) ?? [[], []]
      lists[list as 0 | 1].push(i)
      model.set(text, lists)
      table.append(table.add(Name.parseText(text)), list, i)
    }
    expect(table.count).toBe(model.size)
    expect(table.itemCount).toBe(5000)
    for (const [text, lists] of model) {
      const index = find(table, Name.parseText(text.toUpperCase()))
      expect(new Name(table.name(index)).toString()).toBe(text)
      for (const list of [0, 1] as const) {
        expect(table.values(index, list, 5000)).toEqual(lists[list])
        expect(table.values(index, list, 2)).toEqual(lists[list].slice(0, 2))
        expect(table.has(index, list)).toBe(lists[list].length > 0)
      }
    }
  })

  it('tells names with the same hash apart', () => {
    const table = new NameTable(1)
    const known = table.add(Name.parseText('a.test'))
    const other = Name.parseText('b.test')
    const { hash } = Name.parseText('a.test')
    expect(table.find(hash, other.wire, 0)).toBe(-1)
    expect(table.find(hash, Name.parseText('a.test.org').wire, 0)).toBe(-1)
    expect(table.find(hash, Name.parseText('A.test').wire.subarray(0, 4), 0)).toBe(-1)
    expect(table.find(hash, Name.parseText('A.TEST').wire, 0)).toBe(known)
  })

  it('tells lower case from other spellings', () => {
    const table = new NameTable(1)
    const index = table.add(Name.parseText('a1.test'))
    for (const [text, isSpelled] of [
      ['a1.test', true],
      ['A1.test', false],
      ['a1.tesT', false],
    ] as const) {
      const { wire } = makeQuery(text, 'A')
      expect(table.isSpelled(index, wire, HEADER_SIZE), text).toBe(isSpelled)
    }
  })
})

describe('HostsTable', () => {
  it('takes 20,000 lines with a name each', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `10.0.${i >> 8}.${i & 255} h${i}.test`)
    const table = new HostsTable()
    table.addText(lines.join('\n'), [Name.root], true)
    expect(table.entryCount).toBe(40_000)
    expect(table.names.count).toBe(40_000)
    expect(table.find(makeQuery('h19999.test', 'A'))).toBeGreaterThan(0)
    expect(table.find(makeQuery('h20000.test', 'A'))).toBe(-1)
  })
})
