import { describe, expect, it } from 'vitest'
import {
  reduceEndpointSlice,
  reduceNamespace,
  reduceObject,
  reducePod,
  reduceService,
} from './objects.ts'

const metadata = { name: 'n', namespace: 'ns' }

describe('reduced objects', () => {
  it.each([undefined, null, 7, 'text', [], {}, { metadata: null }, { metadata: { name: 7 } }])(
    'takes %j for no object of any kind',
    (json) => {
      for (const kind of [
        'Service',
        'EndpointSlice',
        'Namespace',
        'Pod',
        'ServiceImport',
      ] as const) {
        expect(reduceObject(kind, json)).toBeUndefined()
      }
    },
  )

  it('takes the single cluster address where the list is missing', () => {
    expect(reduceService({ metadata, spec: { clusterIP: '10.0.0.1' } })?.clusterIps).toEqual([
      '10.0.0.1',
    ])
  })

  it('marks an object without ports, and a port without a number, with -1', () => {
    expect(reduceService({ metadata })?.ports.map(({ port }) => port)).toEqual([-1])
    const ports = [{ name: 'a', port: null }, { port: 70000 }, { port: 80, protocol: 'UDP' }]
    expect(reduceService({ metadata, spec: { ports } })?.ports).toEqual([
      { name: 'a', protocol: 'tcp', port: -1 },
      { name: '', protocol: 'tcp', port: -1 },
      { name: '', protocol: 'udp', port: 80 },
    ])
  })

  it('joins external addresses with those and the names of load balancers', () => {
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.2' }, { hostname: 'lb' }, {}] } }
    const service = reduceService({ metadata, spec: { externalIPs: ['192.0.2.1'] }, status })
    expect(service?.externalIps).toEqual(['192.0.2.1', '192.0.2.2', 'lb'])
  })

  it('takes endpoints that are ready or do not say, one per address', () => {
    const slice = reduceEndpointSlice({
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 's' } },
      endpoints: [
        { addresses: ['10.0.0.1', '10.0.0.2'], hostname: 'h' },
        { addresses: ['10.0.0.3'], conditions: { ready: false, serving: true } },
        { addresses: ['10.0.0.4'], conditions: { ready: null } },
        { addresses: 'nonsense' },
        null,
      ],
    })
    expect(slice?.service).toBe('s')
    expect(slice?.endpoints.map(({ address }) => address)).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.4',
    ])
  })

  it('leaves out the name of a target that fits no label', () => {
    const endpoints = [{ addresses: ['10.0.0.1'], targetRef: { name: 'x'.repeat(64) } }]
    expect(reduceEndpointSlice({ metadata, endpoints })?.endpoints[0]?.podName).toBe('')
  })

  it('takes no pod that has ended, and all addresses of one that has not', () => {
    expect(reducePod({ metadata, status: { phase: 'Failed', podIP: '10.0.0.1' } })).toBeUndefined()
    const podIPs = [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }]
    const pod = reducePod({ metadata, status: { phase: 'Running', podIP: '10.0.0.1', podIPs } })
    expect(pod?.addresses).toEqual(['10.0.0.1', 'fd00::1'])
  })

  it('needs nothing but a name of a namespace', () => {
    expect(reduceNamespace({ metadata: { name: 'a' } })).toEqual({ name: 'a' })
  })
})
