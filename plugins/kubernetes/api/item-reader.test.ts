import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ItemReader, LEFT_OUT } from './item-reader.ts'

const uncut = {
  kind: 'ServiceList',
  metadata: { resourceVersion: '7', continue: 'x,"}]{[:' },
  items: [
    {
      metadata: { labels: { b: '"}', uid: '7' }, name: 'a', uid: 'u-1' },
      spec: { ports: [{ port: 1 }] },
    },
    {
      uid: { deep: ['}', { uid: [1, 2] }] },
      metadata: { managedFields: [{ a: '\\' }, { b: '\\"' }], name: 'ü', ownerReferences: [] },
    },
    null,
    { selector: null },
    {},
  ],
  after: { items: [{ name: 'no item' }] },
}
const items = [
  {
    metadata: { labels: { b: '"}', uid: '7' }, name: 'a', uid: 0 },
    spec: { ports: [{ port: 1 }] },
  },
  { uid: 0, metadata: { managedFields: 0, name: 'ü', ownerReferences: 0 } },
  { selector: 0 },
  {},
]

function read(pieces: readonly Uint8Array[], maxTextBytes = 10_000) {
  const found: unknown[] = []
  const reader = new ItemReader({
    from: 'list',
    maxTextBytes,
    onItem: (text) => found.push(JSON.parse(text)),
  })
  for (const piece of pieces) reader.push(piece)
  return { found, list: JSON.parse(reader.end()) }
}

function readStream(pieces: readonly Uint8Array[], maxTextBytes = 100): unknown[] {
  const found: unknown[] = []
  const onItem = (text: string): void => void found.push(JSON.parse(text))
  const reader = new ItemReader({ from: 'stream', maxTextBytes, onItem })
  for (const piece of pieces) reader.push(piece)
  return found
}

const bytesOf = (json: unknown, indent = 0): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(json, undefined, indent))

describe('ItemReader', () => {
  it.each([0, 2])('hands over items without what is left out (indented by %i)', (indent) => {
    const { found, list } = read([bytesOf(uncut, indent)])
    expect(found).toEqual(items)
    expect(list).toEqual({ ...uncut, items: [0, 0, null, 0, 0] })
  })

  it('copies long pieces as it does short ones', () => {
    const long = [{ name: 'x'.repeat(5000), uid: 1, more: ['y'.repeat(300), 'z'.repeat(256)] }]
    expect(read([bytesOf({ items: long })]).found).toEqual([{ ...long[0], uid: 0 }])
  })

  it('reads the same whatever pieces the octets come in', () => {
    const bytes = bytesOf(uncut)
    for (let cut = 1; cut < bytes.length; cut++) {
      const { found } = read([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(found).toEqual(items)
    }
    const single = Array.from(bytes, (octet) => Uint8Array.of(octet))
    expect(read(single).list.metadata).toEqual(uncut.metadata)
  })

  it('gives no list for one that is cut short', () => {
    const bytes = bytesOf(uncut)
    for (let end = 0; end < bytes.length; end++) {
      expect(() => read([bytes.subarray(0, end)])).toThrow(SyntaxError)
    }
  })

  it('refuses an item that is too long, and not many short ones', () => {
    expect(() => read([bytesOf({ items: [{ a: 'x'.repeat(200) }] })], 100)).toThrow(RangeError)
    const many = Array.from({ length: 40 }, () => ({ a: 'x'.repeat(20) }))
    expect(read([bytesOf({ items: many })], 100).found).toHaveLength(40)
    expect(read([bytesOf({ uid: 'x'.repeat(200), items: [] })], 100).found).toEqual([])
  })

  it('leaves out nothing that objects are reduced to', () => {
    const source = readFileSync(new URL('../objects.ts', import.meta.url), 'utf8')
    const names = [...source.matchAll(/\.(\w+)\b|\['([^']+)'\]/g)].map((m) => m[1] ?? m[2])
    expect(names).toContain('endpoints')
    expect(LEFT_OUT.filter((name) => names.includes(name))).toEqual([])
  })

  it('hands over what comes one after another, wherever it is cut', () => {
    const text = '{"a":{"uid":[1]}}\n\n{"ä":"€🙂}"} {"c":{}}\n{"rest":'
    const bytes = new TextEncoder().encode(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = readStream([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(found).toEqual([{ a: { uid: 0 } }, { ä: '€🙂}' }, { c: {} }])
    }
    expect(readStream(Array.from(bytes, (octet) => Uint8Array.of(octet)))).toHaveLength(3)
  })

  it('leaves out nothing where all is wanted', () => {
    const found: unknown[] = []
    const onItem = (text: string): void => void found.push(JSON.parse(text))
    new ItemReader({ from: 'stream', isWhole: true, maxTextBytes: 9999, onItem }).push(
      bytesOf(uncut),
    )
    expect(found).toEqual([uncut])
  })

  it.each(['[]', 'null', '7', '"text"', '{}}', '{},{}', ']'])('refuses %s in a stream', (text) => {
    const bytes = new TextEncoder().encode(`{}\n${text}\n`)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(() => readStream([bytes.subarray(0, cut), bytes.subarray(cut)])).toThrow(SyntaxError)
    }
  })

  it('refuses an item of a stream that is too long, and not many short ones', () => {
    const bytes = new TextEncoder().encode('{"a":1}\n'.repeat(40))
    expect(readStream([bytes], 7)).toHaveLength(40)
    expect(() => readStream([bytes], 6)).toThrow('longer than 6 octets')
  })
})
