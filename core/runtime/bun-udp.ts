/** Bun's bound UDP sockets. Received octets have a buffer of their own (seen with 1.4). Hot path. */

import { isIPv6 } from 'node:net'
import { type Batches, openBatches, readOnBy } from './bun-udp-batches.ts'
import { LOOK_INTERVAL, openReceiveBuffer, type ReceiveBuffer } from './bun-udp-buffer.ts'
import type { Take } from './bun-udp-receiver.ts'
import { steer } from './bun-udp-steering.ts'
import { stopReceiving } from './bun-udp-stop.ts'
import type { DatagramReceiver, UdpBindOptions, UdpSocket } from './runtime.ts'

// `flags` isn't in Bun's types: 4 sets SO_REUSEPORT, which takes a socket of the same user only.
const REUSE_PORT = 4

/** Binds a socket. */
export async function bindBunUdp(
  { address, port, isShared }: UdpBindOptions,
  receiver: DatagramReceiver,
): Promise<UdpSocket> {
  let untilLook = LOOK_INTERVAL
  let buffer: ReceiveBuffer | undefined
  let batches: Batches | undefined
  const take: Take = (bytes, fromPort, from) => {
    if (--untilLook === 0) untilLook = buffer?.look(from) ?? LOOK_INTERVAL
    if (buffer?.isShedding) buffer.shed()
    else receiver.onDatagram(bytes, fromPort, from)
  }
  const receiveMore = (): number => batches?.receiver.receive(fd, take) ?? 0
  const readOn = readOnBy(receiveMore)
  const options = {
    hostname: address,
    port,
    flags: isShared ? REUSE_PORT : 0,
    binaryType: 'uint8array' as const,
    socket: {
      data(_: unknown, bytes: Uint8Array, fromPort: number, from: string): void {
        take(bytes, fromPort, from)
        readOn()
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
  void openBatches().then((opened) => {
    batches = opened
  })
  void openReceiveBuffer(fd, receiver).then((opened) => {
    buffer = opened
  })
  return {
    port: socket.port,
    sendMany(datagrams) {
      const taken = batches?.sender.send(fd, isIpv6, datagrams) ?? 0
      if (taken > 0) return taken
      // Bun tells why not, and when the system takes some again.
      return socket.sendMany(datagrams as Parameters<typeof socket.sendMany>[0])
    },
    receiveMore,
    steer: (socketCount) => steer(fd, socketCount),
    stopReceiving: () => stopReceiving(fd, address, socket.port),
    async close() {
      buffer?.close()
      batches = undefined
      buffer = undefined
      socket.close()
    },
  }
}
