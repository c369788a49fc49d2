import { describe, expect, it } from 'vitest'
import type { EndpointSlice } from './objects.ts'
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
