/**
 * Bun's connected UDP sockets. What is sent in one turn leaves by one system call, and where many
 * replies come they are read by one too. Hot path.
 */

import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { DatagramHandlers, DatagramSocket, DialOptions } from '@fingerpost/sdk'
import { type Batches, openBatches, readOnBy } from './bun-udp-batches.ts'

type BunSocket = Bun.udp.ConnectedSocket<'uint8array'>

/** Datagrams that may wait for the system to take them. */
const MAX_WAITING = 1024
/** EAGAIN, ENOBUFS: the system has no room now; it is asked again a moment later. */
const NO_ROOM = [11, 105]
const RETRY_MS = 1

/** Connects a socket. */
export async function dialBunUdp(
  { address, port, localAddress }: DialOptions,
  handlers: DatagramHandlers,
): Promise<DatagramSocket> {
  const batches = await openBatches()
  const take = (bytes: Uint8Array): void => handlers.onMessage(bytes)
  const readOn = readOnBy(() => batches?.receiver.receive(fd, take))
  const socket: BunSocket = await Bun.udpSocket<'uint8array'>({
    // Bun's default is an IPv4 socket, whatever it connects to.
    hostname: localAddress ?? (isIPv6(address) ? '::' : '0.0.0.0'),
    connect: { hostname: address, port },
    binaryType: 'uint8array',
    socket: {
      data(_, bytes) {
        take(bytes)
        readOn()
      },
      error: (first: unknown, second?: unknown) => handlers.onError((second ?? first) as Error),
    },
  })
  // `fd` isn't in Bun's types.
  const { fd } = socket as unknown as { fd: number }
  return batches === undefined
    ? oneByOne(socket, handlers)
    : inBatches(socket, fd, handlers, batches)
}

function oneByOne(socket: BunSocket, handlers: DatagramHandlers): DatagramSocket {
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

function inBatches(
  socket: BunSocket,
  fd: number,
  handlers: DatagramHandlers,
  { libc, sender }: Batches,
): DatagramSocket {
  const outbox: Uint8Array[] = []
  let isScheduled = false
  let isClosed = false
  const flush = (): void => {
    isScheduled = false
    while (outbox.length > 0 && !isClosed) {
      const taken = sender.sendConnected(fd, outbox)
      const error = taken < 0 ? libc.lastError() : 0
      if (taken === outbox.length) outbox.length = 0
      else if (taken > 0) outbox.splice(0, taken)
      else if (taken === 0 || NO_ROOM.includes(error)) {
        isScheduled = true
        setTimeout(flush, RETRY_MS)
        return
      } else {
        // ECONNREFUSED of an earlier datagram and the like: all go to the same place.
        const code = getSystemErrorName(-error)
        outbox.length = 0
        handlers.onError(Object.assign(new Error(`${code}: sendmmsg`), { code }))
      }
    }
  }
  return {
    localAddress: socket.address.address,
    localPort: socket.port,
    send(bytes) {
      if (outbox.length >= MAX_WAITING) return false
      outbox.push(bytes)
      if (!isScheduled) {
        isScheduled = true
        queueMicrotask(flush)
      }
      return true
    },
    close() {
      flush()
      isClosed = true
      socket.close()
    },
  }
}
