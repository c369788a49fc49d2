/**
 * *loop*: finds forwarding loops by sending itself a query with a random name at start; seen more
 * than twice, it has come back, and the process ends as CoreDNS's does.
 */

import {
  definePlugin,
  directive,
  type Host,
  type Listener,
  Name,
  parseNameText,
  type Query,
  Type,
} from '@fingerpost/sdk'
import { Pauses } from './pauses.ts'
import { probe } from './probe.ts'

const GIVE_UP_MS = 30_000
const RETRY_MS = 1000
// How long copies of the query may still arrive after it was answered.
const SETTLE_MS = 2000
const MAX_SIGHTINGS = 2

export default definePlugin({
  name: 'loop',
  processes: 'first',
  options: directive({}),
  setup(_, host: Host) {
    const zone = host.block.zones[0] ?? Name.root
    const probeName = randomName(zone, host)
    if (probeName === undefined) {
      host.log.warning(`the name of zone ${zone} has no room for a query that finds loops`)
      return {}
    }
    const pauses = new Pauses(host.clock)
    let isActive = true
    let sightings = 0
    const look = (query: Query): void => {
      if (query.qnameHash !== probeName.hash || !query.qname.equals(probeName)) return
      if (++sightings <= MAX_SIGHTINGS) return
      isActive = false
      pauses.end()
      host.fatal(describeLoop(query, zone, probeName, host.block.listeners[0] ?? query.listener))
    }
    return {
      onQuery(query) {
        if (isActive && query.qtype === Type.HINFO) look(query)
      },
      async started() {
        const listener = host.block.listeners.find(({ transport }) => transport === 'udp')
        const endMs = host.clock.now() + GIVE_UP_MS
        while (listener !== undefined && isActive && host.clock.now() < endMs) {
          // Only sightings of one attempt count: a silent upstream is no loop.
          sightings = 0
          if (await probe(probeName, listener, host, pauses)) {
            await pauses.wait(SETTLE_MS)
            break
          }
          await pauses.wait(RETRY_MS)
        }
        isActive = false
      },
      shutdown() {
        isActive = false
        pauses.end()
      },
    }
  },
})

/** CoreDNS's words: scripts and people search for them. */
function describeLoop(query: Query, zone: Name, probeName: Name, listener: Listener): string {
  const from = formatEnd(query.clientAddress, query.clientPort)
  const to = formatEnd(listener.address, listener.port)
  return (
    `Loop (${from} -> ${to}) detected for zone "${zone}", see ` +
    `https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${probeName}"`
  )
}

function formatEnd(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Two labels of random digits below the zone; undefined when that gets too long. */
function randomName(zone: Name, { random }: Host): Name | undefined {
  const label = (): string =>
    Array.from({ length: 4 }, () => String(random.uint16()).padStart(5, '0')).join('')
  return parseNameText(`${label()}.${label()}`, zone)
}
