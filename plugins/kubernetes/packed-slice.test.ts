import { describe, expect, it } from 'vitest'
import type { Endpoint, EndpointSlice } from './objects.ts'
import { PackedSlice, SharedTexts } from './packed-slice.ts'

const slice: EndpointSlice = {
  namespace: 'prod',
  name: 'db-1',
  service: 'db',
  cluster: '',
  endpoints: [
    { address: '10.0.0.1', hostname: 'db-0', podName: 'db-0', zone: 'a' },
    { address: 'fd00::1', hostname: '', podName: 'db-1', zone: '' },
    { address: '10.0.0.3', hostname: 'db-2', podName: '', zone: 'b' },
  ],
  ports: [{ name: 'sql', protocol: 'tcp', port: 5432 }],
  changedAtMs: 5,
}

describe('PackedSlice', () => {
  it('gives back the endpoints it was made of', () => {
    const packed = new PackedSlice(slice, new SharedTexts())
    expect({ ...packed, endpoints: packed.endpoints }).toMatchObject(slice)
    expect(new PackedSlice({ ...slice, endpoints: [] }, new SharedTexts()).endpoints).toEqual([])
  })

  it('tells which addresses are not in its next version, and which may say something else', () => {
    const shared = new SharedTexts()
    const [a, b, c] = slice.endpoints as [Endpoint, Endpoint, Endpoint]
    const change = (...endpoints: Endpoint[]): [unknown[], unknown[]] => {
      const [gone, fresh]: [unknown[], unknown[]] = [[], []]
      const next = new PackedSlice({ ...slice, endpoints }, shared)
      const before = new PackedSlice(slice, shared)
      before.eachDifference(
        next,
        (key) => gone.push(key),
        (key) => fresh.push(key),
      )
      return [gone, fresh]
    }
    const [keyA, keyB, keyC] = [0x0a000001, 'fd00::1', 0x0a000003]
    const other = { ...b, address: '10.0.0.9' }
    expect(change(a, other, c)).toEqual([[keyB], [0x0a000009]])
    expect(change(a, c)).toEqual([[keyB], []])
    expect(change(a, b)).toEqual([[keyC], []])
    expect(change(a, b, other, c)).toEqual([[], [0x0a000009]])
    expect(change({ ...a, hostname: 'x' }, b, c)).toEqual([[], [keyA, keyA]])
    expect(change()).toEqual([[keyA, keyB, keyC], []])
  })

  it('shares lists of ports that are equal', () => {
    const shared = new SharedTexts()
    const [one, other] = [slice, structuredClone(slice)].map(
      (each) => new PackedSlice(each, shared),
    )
    expect(one?.ports).toBe(other?.ports)
    const ports = [{ name: 'sql', protocol: 'udp', port: 5432 }]
    expect(new PackedSlice({ ...slice, ports }, shared).ports).toEqual(ports)
  })
})
