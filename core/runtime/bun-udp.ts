/** Bun's UDP sockets. Received octets have a buffer of their own (seen with 1.4). Hot path. */

import { isIPv6 } from 'node:net'
import type { DatagramHandlers, DatagramSocket, DialOptions } from '@fingerpost/sdk'
import { openLibc } from './bun-libc.ts'
import { LOOK_INTERVAL, openReceiveBuffer, type ReceiveBuffer } from './bun-udp-buffer.ts'
import { BatchSender } from './bun-udp-sender.ts'
import { steer } from './bun-udp-steering.ts'
import { stopReceiving } from './bun-udp-stop.ts'
import type { DatagramReceiver, UdpBindOptions, UdpSocket } from './runtime.ts'

// `flags` isn't in Bun's types: 4 sets SO_REUSEPORT, which takes a socket of the same user only.
const REUSE_PORT = 4

/** One sends for all sockets. */
function openSender(): Promise<BatchSender | undefined> {
  opened ??= openLibc().then((libc) => libc && new BatchSender(libc))
  return opened
}

let opened: Promise<BatchSender | undefined> | undefined

/** Binds a socket. */
export async function bindBunUdp(
  { address, port, isShared }: UdpBindOptions,
  receiver: DatagramReceiver,
): Promise<UdpSocket> {
  let untilLook = LOOK_INTERVAL
  let buffer: ReceiveBuffer | undefined
  let sender: BatchSender | undefined
  const options = {
    hostname: address,
    port,
    flags: isShared ? REUSE_PORT : 0,
    binaryType: 'uint8array' as const,
    socket: {
      data(_: unknown, bytes: Uint8Array, fromPort: number, from: string): void {
        if (--untilLook === 0) untilLook = buffer?.look(from) ?? LOOK_INTERVAL
        if (buffer?.isShedding) buffer.shed()
        else receiver.onDatagram(bytes, fromPort, from)
      },
      drain: () => receiver.onDrain(),
      // Bun gives the error alone, its types say after the socket.
      error: (first: unknown, second?: unknown) => receiver.onError(second ?? first),
    },
  }
  const socket = await Bun.udpSocket<'uint8array'>(options)
  // `fd` isn't in Bun's types either.
  const { fd } = socket as unknown as { fd: number }
  const isIpv6 = isIPv6(address)
  // Not waited for: whoever binds has to be able to receive in the same turn.
  void openSender().then((opened) => {
    sender = opened
  })
  void openReceiveBuffer(fd, receiver).then((opened) => {
    buffer = opened
  })
  return {
    port: socket.port,
    sendMany(datagrams) {
      const taken = sender?.send(fd, isIpv6, datagrams) ?? 0
      if (taken > 0) return taken
      // Bun tells why not, and when the system takes some again.
      return socket.sendMany(datagrams as Parameters<typeof socket.sendMany>[0])
    },
    steer: (socketCount) => steer(fd, socketCount),
    stopReceiving: () => stopReceiving(fd, address, socket.port),
    async close() {
      buffer?.close()
      sender = undefined
      buffer = undefined
      socket.close()
    },
  }
}

/** Connects a socket. */
export async function dialBunUdp(
  { address, port, localAddress }: DialOptions,
  handlers: DatagramHandlers,
): Promise<DatagramSocket> {
  const socket = await Bun.udpSocket<'uint8array'>({
    // Bun's default is an IPv4 socket, whatever it connects to.
    hostname: localAddress ?? (isIPv6(address) ? '::' : '0.0.0.0'),
    connect: { hostname: address, port },
    binaryType: 'uint8array',
    socket: {
      data: (_, bytes) => handlers.onMessage(bytes),
      error: (first: unknown, second?: unknown) => handlers.onError((second ?? first) as Error),
    },
  })
  return {
    localAddress: socket.address.address,
    localPort: socket.port,
    send(bytes) {
      try {
        return socket.send(bytes)
      } catch (error) {
        // ECONNREFUSED of an earlier datagram and the like; the caller's query may still be sent.
        handlers.onError(error as Error)
        return false
      }
    },
    close: () => socket.close(),
  }
}
