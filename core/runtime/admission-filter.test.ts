import { parseIp } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { admissionFilter, barringFilter } from './admission-filter.ts'
import { MAX_HEAVY_CLIENTS } from './fair-share.ts'
import { runFilter } from './test-filter.ts'

/** Whether a datagram of the client is let in when this is drawn, 0 to 1. */
function isLetIn(program: Uint8Array, client: string, drawn: number): boolean {
  const source = parseIp(client) as Uint8Array
  const ipHeader = new Uint8Array(source.length === 4 ? 20 : 40)
  ipHeader[0] = source.length === 4 ? 0x45 : 0x60
  ipHeader.set(source, source.length === 4 ? 12 : 8)
  const random = Math.floor(drawn * 0xffffffff)
  return runFilter(program, new Uint8Array(40), { ipHeader, random }) > 0
}

describe('the filter of an admission', () => {
  const program = admissionFilter({
    clients: new Map([
      ['192.0.2.1', 0.25],
      ['192.0.2.2', 0],
      ['2001:db8::1', 0.75],
      ['2001:db8::2', 0.5],
    ]),
    others: 1,
  })

  it.each([
    ['192.0.2.1', 0.24, true],
    ['192.0.2.1', 0.26, false],
    ['192.0.2.2', 0, false],
    ['192.0.2.3', 1, true],
    ['2001:db8::1', 0.74, true],
    ['2001:db8::1', 0.76, false],
    ['2001:db8::2', 0.49, true],
    ['2001:db8::2', 0.51, false],
    ['2001:db8::3', 1, true],
    ['2001:db8:0:1::1', 1, true],
  ])('of %s, drawing %d: %s', (client, drawn, isIn) => {
    expect(isLetIn(program, client, drawn)).toBe(isIn)
  })

  it('knows an IPv4 client of an IPv6 socket', () => {
    const mapped = admissionFilter({ clients: new Map([['::ffff:192.0.2.7', 0]]), others: 1 })
    expect(isLetIn(mapped, '192.0.2.7', 0)).toBe(false)
    expect(isLetIn(mapped, '192.0.2.8', 0)).toBe(true)
  })

  it('draws for all others where they are too many', () => {
    const clients = new Map([['192.0.2.1', 0.1]])
    const some = admissionFilter({ clients, others: 0.5 })
    for (const client of ['192.0.2.9', '2001:db8::9']) {
      expect(isLetIn(some, client, 0.49)).toBe(true)
      expect(isLetIn(some, client, 0.51)).toBe(false)
    }
    expect(isLetIn(some, '192.0.2.1', 0.2)).toBe(false)
  })

  it('has room for all clients that there may be, of either family', () => {
    for (const client of ['192.0.2.', '2001:db8::']) {
      const names = Array.from({ length: MAX_HEAVY_CLIENTS }, (_, i) => `${client}${i + 1}`)
      const full = admissionFilter({
        clients: new Map(names.map((name) => [name, 0.5])),
        others: 0.5,
      })
      for (const name of names) {
        expect(isLetIn(full, name, 0.4)).toBe(true)
        expect(isLetIn(full, name, 0.6)).toBe(false)
      }
    }
  })

  it('leaves out what is no address', () => {
    const odd = admissionFilter({ clients: new Map([['fe80::1%eth0', 0]]), others: 1 })
    expect(isLetIn(odd, 'fe80::1', 0)).toBe(true)
  })

  it('lets nothing in that is barred', () => {
    expect(isLetIn(barringFilter, '192.0.2.1', 0)).toBe(false)
  })
})
