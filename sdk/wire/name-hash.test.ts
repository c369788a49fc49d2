import { describe, expect, it } from 'vitest'
import { arbitraryName } from '../record/arbitrary.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Name } from './name.ts'
import { foldLabel, hashName, ROOT_HASH } from './name-hash.ts'

describe('the hash of a name', () => {
  it('does not depend on the case of letters', () => {
    const random = seededRandom(2)
    for (let i = 0; i < 300; i++) {
      const name = arbitraryName(random)
      expect(hashName(name.toLowerCase().wire, 0)).toBe(hashName(name.wire, 0))
    }
  })

  it('is that of its parent, folded with one more label', () => {
    const random = seededRandom(3)
    for (let i = 0; i < 300; i++) {
      const name = arbitraryName(random)
      if (name.isRoot) expect(name.hash).toBe(ROOT_HASH)
      else expect(foldLabel(name.ancestor().hash, name.wire, 0) >>> 0).toBe(name.hash)
    }
  })

  it('is an unsigned number of 32 bits, wherever the name stands', () => {
    const { wire } = Name.parseText('a.'.repeat(127))
    const bytes = new Uint8Array(300)
    bytes.set(wire, 40)
    const hash = hashName(bytes, 40)
    expect(hash).toBe(hashName(wire, 0))
    expect(hash).toBe(hash >>> 0)
  })

  it('tells names apart that differ in where a label ends', () => {
    const texts = ['ab.c', 'a.bc', 'a\\.b.c', 'abc', 'a.b.c', 'c.ab', 'ab.c.c']
    expect(new Set(texts.map((text) => Name.parseText(text).hash)).size).toBe(texts.length)
  })

  it('collides hardly ever in the low bits that tables use', () => {
    const buckets = new Set<number>()
    for (let i = 0; i < 4096; i++) buckets.add(Name.parseText(`pod-${i}.svc.local`).hash & 0xffff)
    // 4096 balls in 65536 boxes: about 3970 boxes are expected to be hit.
    expect(buckets.size).toBeGreaterThan(3850)
  })
})
