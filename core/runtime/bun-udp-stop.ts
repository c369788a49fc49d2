/**
 * Ends a UDP socket's share of a port that others have too, without losing what has arrived. Closing
 * it would: the kernel goes on putting datagrams into it until it is closed, and drops them then. A
 * connected socket gets datagrams of its peer alone (udp(7)), and may still be read and sent from;
 * so it is connected to itself, from where nobody sends. Linux 5.3 or later.
 */

import { setImmediate } from 'node:timers/promises'
import { parseIp } from '@fingerpost/sdk'
import { openLibc } from './bun-libc.ts'
import { steer } from './bun-udp-steering.ts'

/** Turns of the event loop in which what has arrived is read. */
const TURNS = 3

/** Does nothing where the system is another one: closing loses a datagram or two then. */
export async function stopReceiving(fd: number, address: string, port: number): Promise<void> {
  const libc = await openLibc()
  if (libc === undefined) return
  // A program would go on choosing this socket; the kernel's own way knows what a connection is.
  await steer(fd, 1)
  const self = socketAddress(address, port)
  if (self === undefined) return
  libc.connect(fd, libc.ptr(self), self.length)
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
}

/**
 * A `sockaddr_in` or `sockaddr_in6`; for a wildcard address the loopback one of its family.
 * Undefined for what is no address, or one of a link.
 */
function socketAddress(address: string, port: number): Uint8Array | undefined {
  const [bare = '', scope = ''] = address.split('%')
  const octets = parseIp(bare === '0.0.0.0' ? '127.0.0.1' : bare === '::' ? '::1' : bare)
  if (octets === undefined || scope !== '') return undefined
  const isIpv4 = octets.length === 4
  const result = new Uint8Array(isIpv4 ? 16 : 28)
  const view = new DataView(result.buffer)
  // The family in the machine's order, the port in the network's.
  new Uint16Array(result.buffer, 0, 1)[0] = isIpv4 ? AF_INET : AF_INET6
  view.setUint16(2, port)
  result.set(octets, isIpv4 ? 4 : 8)
  return result
}

const AF_INET = 2
const AF_INET6 = 10
