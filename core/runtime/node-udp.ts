/** UDP sockets of `node:dgram`, for Node and Deno. Hot path. */

import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { DatagramHandlers, DatagramSocket, DialOptions } from '@fingerpost/sdk'
import type { DatagramReceiver, UdpBindOptions, UdpSocket } from './runtime.ts'

/** Octets that may wait in a socket because the system takes no more. */
export const MAX_QUEUED_BYTES = 1 << 20

// What Deno tells of a socket that was not bound to an address.
const UNSPECIFIED = ['0.0.0.0', '::']

/** Binds a socket. */
export async function bindNodeUdp(
  { address, port, isShared }: UdpBindOptions,
  receiver: DatagramReceiver,
): Promise<UdpSocket> {
  const socket = open(address, isShared)
  await settled(socket, () => socket.bind({ address, port, exclusive: true }))
  socket.on('error', (error) => receiver.onError(error))
  socket.on('message', (bytes, from) => {
    receiver.onDatagram(own(bytes), from.port, from.address)
  })
  const onSent = (error: Error | null): void => {
    if (error !== null) receiver.onError(error)
    receiver.onDrain()
  }
  return {
    port: socket.address().port,
    sendMany(datagrams) {
      const count = datagrams.length / 3
      for (let i = 0; i < count; i++) {
        if (queuedBytes(socket) > MAX_QUEUED_BYTES) return i
        const at = 3 * i
        socket.send(
          datagrams[at] as Uint8Array,
          datagrams[at + 1] as number,
          datagrams[at + 2] as string,
          onSent,
        )
      }
      return count
    },
    close: () => new Promise((resolve) => void socket.close(resolve)),
  }
}

/** Connects a socket. */
export async function dialNodeUdp(
  { address, port, localAddress }: DialOptions,
  handlers: DatagramHandlers,
): Promise<DatagramSocket> {
  const socket = open(address, false)
  if (localAddress !== undefined) await settled(socket, () => socket.bind(0, localAddress))
  await settled(socket, () => socket.connect(port, address), 'connect')
  socket.on('error', (error) => handlers.onError(error))
  const isPeer = peerTest(address, port)
  socket.on('message', (bytes, from) => {
    if (isPeer(from.address, from.port)) handlers.onMessage(own(bytes))
  })
  const onSent = (error: Error | null): void => {
    if (error !== null) handlers.onError(error)
  }
  const local = socket.address()
  return {
    localAddress: UNSPECIFIED.includes(local.address) ? undefined : local.address,
    localPort: local.port,
    send(bytes) {
      if (queuedBytes(socket) > MAX_QUEUED_BYTES) return false
      socket.send(bytes, onSent)
      return true
    },
    close: () => void socket.close(),
  }
}

function open(address: string, isShared: boolean): Socket {
  return createSocket({
    type: isIPv6(address) ? 'udp6' : 'udp4',
    reuseAddr: isShared,
    // Addresses are never names here; the default would put a turn between `send` and the system.
    lookup: (host, _options, found) => found(null, host, isIPv6(host) ? 6 : 4),
  })
}

function settled(
  socket: Socket,
  begin: () => void,
  event: 'listening' | 'connect' = 'listening',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', onError)
    socket.once(event, () => {
      socket.off('error', onError)
      resolve()
    })
    begin()
  })
}

function queuedBytes(socket: Socket): number {
  return socket.getSendQueueSize?.() ?? 0
}

// Deno (2.9) connects in name only: its socket hears everybody, and anybody could answer.
function peerTest(address: string, port: number): (address: string, port: number) => boolean {
  const peer = canonical(address)
  return (from, fromPort) =>
    fromPort === port && (from === address || from === peer || canonical(from) === peer)
}

/** One spelling for each IP address, without zone. */
function canonical(address: string): string {
  const [plain = ''] = address.split('%')
  return isIPv6(plain) ? new URL(`http://[${plain}]`).hostname : plain
}

// A plain Uint8Array, because Buffer's `slice` shares memory where Uint8Array's copies; a copy
// where the runtime (Deno) gives a small part of a large buffer: whoever keeps the query would keep
// all of it.
function own(bytes: Buffer): Uint8Array {
  if (bytes.buffer.byteLength > 2 * bytes.byteLength) return new Uint8Array(bytes)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
