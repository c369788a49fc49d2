import { seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { EndpointSlice, Service } from './objects.ts'
import { Store } from './store.ts'
import type { Version } from './versions.ts'

const service = (name: string, ip: string): Service => ({
  namespace: 'ns',
  name,
  type: 'ClusterIP',
  externalName: '',
  clusterIps: [ip],
  ports: [],
  externalIps: [],
})

const slice = (name: string, of: string, ...addresses: string[]): EndpointSlice => ({
  namespace: 'ns',
  name,
  service: of,
  cluster: '',
  endpoints: addresses.map((address) => ({ address, hostname: '', podName: '', zone: '' })),
  ports: [],
  changedAtMs: undefined,
})

function at({ versions }: Store, version: Version): number {
  return versions.at(version)
}

function storeAt(nowMs = 5000): Store {
  return new Store({ namespaces: undefined, wallNow: () => nowMs })
}

describe('store', () => {
  it('finds a service by name and by address, and neither when it is gone', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    expect(store.own.find('ns', 'a')?.service?.name).toBe('a')
    expect(store.own.byClusterIp('10.0.0.1')?.name).toBe('a')
    store.remove('Service', 'ns', 'a')
    expect(store.own.find('ns', 'a')).toBeUndefined()
    expect(store.own.byClusterIp('10.0.0.1')).toBeUndefined()
  })

  it('finds IPv6 addresses whatever their spelling', () => {
    const store = storeAt()
    store.upsert('Service', service('a', 'FD00:0:0::1'))
    expect(store.own.byClusterIp('fd00::1')?.name).toBe('a')
  })

  it('moves a service to its new address', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('Service', service('a', '10.0.0.2'))
    expect(store.own.byClusterIp('10.0.0.1')).toBeUndefined()
    expect(store.own.byClusterIp('10.0.0.2')?.name).toBe('a')
  })

  it('keeps the first of two services with one address in front', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('Service', service('b', '10.0.0.1'))
    expect(store.own.byClusterIp('10.0.0.1')?.name).toBe('a')
    store.remove('Service', 'ns', 'a')
    expect(store.own.byClusterIp('10.0.0.1')?.name).toBe('b')
  })

  it('counts no change for an object that makes the same answers', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('EndpointSlice', slice('a-1', 'a', '10.1.0.1'))
    const versions = () => {
      const entry = store.own.find('ns', 'a')!
      return [entry.version, entry.whole, store.own.whatIsAt('10.1.0.1')].map((one) =>
        at(store, one),
      )
    }
    const before = versions()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('EndpointSlice', slice('a-1', 'a', '10.1.0.1'))
    expect(versions()).toEqual(before)
  })

  it('counts a change of endpoints for what is made of them, not for the service alone', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('EndpointSlice', slice('a-1', 'a', '10.1.0.1'))
    const entry = store.own.find('ns', 'a')!
    const moved = ['10.1.0.1', '10.1.0.2'].map((one) => store.own.whatIsAt(one))
    const versions = () => [entry.version, entry.whole, ...moved].map((one) => at(store, one))
    const before = versions()
    store.upsert('EndpointSlice', slice('a-1', 'a', '10.1.0.2'))
    expect(versions().map((version, i) => version > (before[i] as number))).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  it('voids what was made of the services of a namespace that comes or goes, and no others', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('Service', { ...service('a', '10.0.0.2'), namespace: 'other' })
    const entries = ['ns', 'other'].map((namespace) => store.own.find(namespace, 'a')!)
    const before = entries.map(({ version }) => at(store, version))
    store.upsert('Namespace', { name: 'ns' })
    const after = entries.map(({ version }) => at(store, version))
    expect(after.map((version, i) => version !== before[i])).toEqual([true, false])
  })

  it('voids what was made of an entry that is gone, so that a new one is looked for', () => {
    const store = storeAt()
    store.upsert('Service', service('a', '10.0.0.1'))
    const entry = store.own.find('ns', 'a')!
    const versions = () => [entry.version, entry.whole].map((one) => at(store, one))
    const before = versions()
    store.remove('Service', 'ns', 'a')
    expect(versions().map((version, i) => version > (before[i] as number))).toEqual([true, true])
  })

  it('takes slices before their service, and of a service that changes', () => {
    const store = storeAt()
    store.upsert('EndpointSlice', slice('s', 'a', '10.1.0.1'))
    expect(store.own.find('ns', 'a')?.service).toBeUndefined()
    store.upsert('EndpointSlice', slice('s', 'b', '10.1.0.1'))
    expect(store.own.find('ns', 'a')).toBeUndefined()
    expect(store.own.find('ns', 'b')?.slices.length).toBe(1)
    expect(store.own.byAddress('10.1.0.1').length).toBe(1)
  })

  it('drops what is not among all objects of a kind, and nothing of another kind', () => {
    const store = storeAt()
    store.upsert('Namespace', { name: 'ns' })
    store.upsert('Service', service('a', '10.0.0.1'))
    store.upsert('Service', service('b', '10.0.0.2'))
    store.upsert('Service', service('c', '10.0.0.3'))
    store.retain('Service', new Set(['ns/b', 'ns/c']))
    expect(['a', 'b', 'c'].map((name) => store.own.find('ns', name) !== undefined)).toEqual([
      false,
      true,
      true,
    ])
    expect(store.hasNamespace('ns')).toBe(true)
  })

  it('removes what is not there without a word', () => {
    const store = storeAt()
    store.remove('EndpointSlice', 'ns', 'nothing')
    store.remove('Namespace', '', 'nothing')
    expect(store.own.serial).toBe(0)
  })

  it('has the time of the last visible change for a serial', () => {
    const store = storeAt(7999)
    expect(store.own.serial).toBe(0)
    store.upsert('Service', service('a', '10.0.0.1'))
    expect(store.own.serial).toBe(7)
  })

  it('is empty again when all is removed', () => {
    const store = storeAt()
    for (let i = 0; i < 100; i++) store.upsert('Service', service(`s${i}`, `10.0.0.${i}`))
    for (let i = 0; i < 100; i++) store.upsert('EndpointSlice', slice(`e${i}`, `s${i}`, '10.1.0.1'))
    store.retain('Service', new Set())
    store.retain('EndpointSlice', new Set())
    expect(store.own.byAddress('10.1.0.1')).toEqual([])
    expect(store.count('Service') + store.count('EndpointSlice')).toBe(0)
    expect(store.own.find('ns', 's1')).toBeUndefined()
  })

  it('finds by address what slices say, however they change', () => {
    const random = seededRandom(5)
    const store = storeAt()
    const known = new Map<string, EndpointSlice>()
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.10', 'fd00::1', 'fd00::2']
    const linesAt = (address: string): string[] =>
      [...known.values()]
        .filter(({ endpoints }) => endpoints.some((one) => one.address === address))
        .map(({ name, endpoints }) => {
          const hosts = endpoints.filter((one) => one.address === address)
          return `${name} ${hosts.map(({ hostname }) => hostname).join()}`
        })
        .sort()
    for (let turn = 0; turn < 3000; turn++) {
      const name = `s${random.below(4)}`
      const before = addresses.map(linesAt)
      const versions = addresses.map((one) => at(store, store.own.whatIsAt(one)))
      if (random.below(5) === 0) {
        store.remove('EndpointSlice', 'ns', name)
        known.delete(name)
      } else {
        const endpoints = Array.from({ length: random.below(5) }, () => ({
          address: addresses[random.below(addresses.length)] as string,
          hostname: ['', 'a', 'b'][random.below(3)] as string,
          podName: '',
          zone: '',
        }))
        const made = { ...slice(name, random.below(4) === 0 ? 'other' : 'svc'), endpoints }
        store.upsert('EndpointSlice', made)
        known.set(name, made)
      }
      for (const [i, address] of addresses.entries()) {
        const found = store.own.byAddress(address).map((one) => one.name)
        const said = linesAt(address)
        expect(found.sort()).toEqual(said.map((line) => line.split(' ')[0]))
        const hasChanged = at(store, store.own.whatIsAt(address)) !== versions[i]
        if (said.join() !== before[i]?.join()) expect(hasChanged).toBe(true)
      }
    }
  })
})
