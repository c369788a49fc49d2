/** What has been true of a cluster, change by change, to hold against what DNS says of it. */

import type { LoadedPlugin } from '@fingerpost/sdk/testing'
import type { ScriptedCluster } from './api/scripted-cluster.ts'
import { ask, NAMES, type Served, service, slice } from './test-cluster.ts'

/** Names that are asked for each time; some come and go, `nosuch` and `torn` never are. */
const ASKED = [
  ...NAMES,
  ...['db', '10-1-0-1.db', '10-1-0-2.db', 'new', 'big', 'odd', 'nosuch', 'torn', 'one-1'],
]

/** Changes a cluster, and keeps for each name what was to be said of it from when to when. */
export class Truth {
  readonly #cluster: ScriptedCluster
  readonly #addresses = new Map<string, string>()
  readonly #endpoints = new Map<string, readonly string[]>()
  /** For each name the answers that were true, oldest first. */
  readonly #history = new Map<string, Served[]>(ASKED.map((name) => [name, ['NXDOMAIN']]))
  /** How far in its history each name was seen to be. */
  readonly #seen = new Map<string, number>()

  /** Begins with the namespace `prod`, the services `one` to `nine`, and `db`, which is headless. */
  constructor(cluster: ScriptedCluster) {
    this.#cluster = cluster
    cluster.put('Namespace', { metadata: { name: 'prod' } })
    for (const [i, name] of NAMES.entries()) this.putService(name, `10.96.0.${i + 1}`)
    this.putService('db', 'None')
    this.putSlice('db', ['10.1.0.1', '10.1.0.2'])
    for (const past of this.#history.values()) past.splice(0, past.length - 1)
  }

  putService(name: string, clusterIp: string): void {
    this.#addresses.set(name, clusterIp)
    this.#note()
    this.#cluster.put('Service', service(name, clusterIp))
  }

  removeService(name: string): void {
    if (!this.#addresses.delete(name)) return
    this.#note()
    this.#cluster.remove('Service', name, 'prod')
  }

  putSlice(name: string, addresses: readonly string[]): void {
    this.#endpoints.set(name, addresses)
    this.#note()
    this.#cluster.put('EndpointSlice', slice(name, addresses))
  }

  /** One of the changes that any cluster sees: additions, changes, deletions, new endpoints. */
  change(second: number): void {
    const octet = second % 256
    switch (second % 5) {
      case 0:
        this.putService('new', `10.97.0.${octet}`)
        break
      case 1:
        this.putService('two', `10.98.0.${octet}`)
        break
      case 2:
        this.putSlice('db', [`10.1.0.${1 + (second % 2)}`, `10.1.1.${octet}`])
        break
      case 3:
        this.removeService('new')
        break
      default:
        if (this.#addresses.has('three')) this.removeService('three')
        else this.putService('three', `10.99.0.${octet}`)
    }
  }

  /**
   * What DNS says that was never true, or was true before something that it has said already.
   * Empty when all is well.
   */
  async lies(loaded: LoadedPlugin): Promise<string[]> {
    const lies: string[] = []
    for (const [name, past] of this.#history) {
      const served = await ask(loaded, name)
      const at = past.indexOf(served, this.#seen.get(name) ?? 0)
      if (at < 0) lies.push(`${name}: ${served}`)
      else this.#seen.set(name, at)
    }
    return lies
  }

  /** What DNS says of each name. */
  async served(loaded: LoadedPlugin): Promise<Record<string, Served>> {
    const served: Record<string, Served> = {}
    for (const name of ASKED) served[name] = await ask(loaded, name)
    return served
  }

  /** What it should say. */
  get now(): Record<string, Served> {
    return Object.fromEntries(ASKED.map((name) => [name, this.#trueOf(name)]))
  }

  #note(): void {
    for (const [name, past] of this.#history) {
      const served = this.#trueOf(name)
      if (past.at(-1) !== served) past.push(served)
    }
  }

  #trueOf(name: string): Served {
    const [endpoint, ofService] = name.split('.')
    if (endpoint !== undefined && ofService !== undefined) {
      const address = endpoint.replaceAll('-', '.')
      return this.#endpoints.get(ofService)?.includes(address) ? address : 'NXDOMAIN'
    }
    const address = this.#addresses.get(name)
    if (address !== 'None') return address ?? 'NXDOMAIN'
    const addresses = this.#endpoints.get(name) ?? []
    return addresses.length > 0 ? [...addresses].sort().join(' ') : 'NOERROR'
  }
}
