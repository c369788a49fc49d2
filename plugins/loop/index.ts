/**
 * *loop*: finds forwarding loops by sending itself a query with a random name at start; seen more
 * than twice, it has come back, and the process ends as CoreDNS's does.
 */

import {
  Class,
  composeQuery,
  definePlugin,
  directive,
  Flag,
  type Host,
  type Listener,
  Message,
  Name,
  type Query,
  Type,
} from '@fingerpost/sdk'

const MAX_ATTEMPTS = 30
const RETRY_MS = 1000
const ATTEMPT_TIMEOUT_MS = 1000
// How long copies of the query may still arrive after it was answered.
const SETTLE_MS = 2000
const MAX_SIGHTINGS = 2

export default definePlugin({
  name: 'loop',
  options: directive({}),
  setup(_, host) {
    const zone = host.block.zones[0] ?? Name.root
    const probeName = randomName(zone, host)
    const probeHash = probeName.hash
    let isActive = true
    let sightings = 0
    const check = (query: Query): void => {
      if (query.qtype !== Type.HINFO || query.qnameHash !== probeHash) return
      if (!query.qname.equals(probeName) || ++sightings <= MAX_SIGHTINGS) return
      isActive = false
      const from = `${query.clientAddress}:${query.clientPort}`
      const to = addressOf(query.listener)
      host.fatal(
        `Loop (${from} -> ${to}) detected for zone "${zone}", see ` +
          'https://coredns.io/plugins/loop#troubleshooting. ' +
          `Query: "HINFO ${probeName}"`,
      )
    }
    return {
      onQuery(query) {
        if (isActive) check(query)
      },
      async started() {
        const isAnswered = await probeUntilAnswered(probeName, host, () => {
          // Only sightings of one attempt count: a silent upstream is no loop.
          sightings = 0
          return isActive
        })
        if (isAnswered)
          host.clock.after(SETTLE_MS, () => {
            isActive = false
          })
        else isActive = false
      },
      shutdown() {
        isActive = false
      },
    }
  },
})

async function probeUntilAnswered(
  qname: Name,
  host: Host,
  mayTry: () => boolean,
): Promise<boolean> {
  const listener = host.block.listeners.find(({ transport }) => transport === 'udp')
  if (listener === undefined) return false
  for (let attempt = 0; attempt < MAX_ATTEMPTS && mayTry(); attempt++) {
    if (await probe(qname, listener, host)) return true
    await new Promise<void>((resolve) => {
      host.clock.after(RETRY_MS, resolve)
    })
  }
  return false
}

/** Sends the probe once; true when any answer but a failure came. */
async function probe(qname: Name, listener: Listener, host: Host): Promise<boolean> {
  const query = composeQuery({
    id: host.random.uint16(),
    flags: Flag.RD,
    qname,
    qtype: Type.HINFO,
    qclass: Class.IN,
    edns: undefined,
    exchange: { listener, clientAddress: '127.0.0.1', clientPort: 0 },
    depth: 0,
  })
  const address = listener.address || '127.0.0.1'
  let answered: (isAnswered: boolean) => void = () => {}
  const answer = new Promise<boolean>((resolve) => {
    answered = resolve
  })
  try {
    const socket = await host.network.dialUdp(
      { address, port: listener.port },
      {
        onMessage: (bytes) => {
          const response = Message.parse(bytes)
          if (response?.id === query.id) answered(true)
        },
        onError: () => answered(false),
      },
    )
    const timer = host.clock.after(ATTEMPT_TIMEOUT_MS, () => answered(false))
    socket.send(query.wire)
    const isAnswered = await answer
    timer.cancel()
    socket.close()
    return isAnswered
  } catch (error) {
    host.log.warning(`Can't ask ${address}:${listener.port}: ${String(error)}`)
    return false
  }
}

function addressOf({ address, port }: Listener): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Two labels of random digits in front of the block's first zone. */
function randomName(zone: Name, host: Host): Name {
  const label = (): string =>
    Array.from({ length: 4 }, () => host.random.uint16().toString().padStart(5, '0')).join('')
  return Name.parseText(`${label()}.${label()}`, zone)
}
