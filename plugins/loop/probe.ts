/** The query that a server sends to itself to see whether it comes back (RFC 1035 4.2.1). */

import {
  Class,
  composeQuery,
  Flag,
  HEADER_SIZE,
  type Host,
  type Listener,
  type Name,
  readUint16,
  Type,
} from '@fingerpost/sdk'
import type { Pauses } from './pauses.ts'

// As long as CoreDNS waits for the answer to its probe.
const TIMEOUT_MS = 2000

/** Sends the probe once; true when any answer came, whatever it says. */
export async function probe(
  qname: Name,
  listener: Listener,
  host: Host,
  pauses: Pauses,
): Promise<boolean> {
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
  let isAnswered = false
  let settle: () => void = () => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  try {
    const socket = await host.network.dialUdp(
      { address: ownAddress(listener), port: listener.port },
      {
        onMessage(bytes) {
          if (bytes.length < HEADER_SIZE || readUint16(bytes, 0) !== query.id) return
          isAnswered = true
          settle()
        },
        onError: settle,
      },
    )
    try {
      if (!pauses.isOver) socket.send(query.wire)
      await pauses.wait(TIMEOUT_MS, settled)
    } finally {
      socket.close()
    }
  } catch (error) {
    host.log.debug(`can't ask ${ownAddress(listener)} port ${listener.port}: ${String(error)}`)
  }
  return isAnswered
}

/** Where to reach a listener from the same machine. */
function ownAddress({ address }: Listener): string {
  if (address === '::') return '::1'
  return address === '' || address === '0.0.0.0' ? '127.0.0.1' : address
}
