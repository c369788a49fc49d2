/** Sends octets to a server over UDP, TCP or TLS, collects what comes back. RFC 1035 4.2, 7858. */

import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { frame, unframe } from './framing.ts'

/** Where to send, and how long to wait for replies. */
export interface Target {
  readonly host: string
  readonly port: number
  /** The source address. */
  readonly from?: string | undefined
  readonly timeoutMs: number
}

/** What came back, in arrival order, and from which local port it was asked. */
export interface Exchange {
  readonly replies: readonly Buffer[]
  readonly localPort: number
  readonly tookMs: number
  /** The server closed the connection before all replies came. */
  readonly isClosed: boolean
}

/** How messages are written on a stream. */
export interface StreamOptions {
  /** Writes every message in three pieces with pauses. */
  readonly isSplit?: boolean
  readonly isEncrypted?: boolean
}

const pieceIntervalMs = 30

/** Sends one datagram from a fresh socket and waits for the first one back. */
export function exchangeUdp(target: Target, payload: Buffer): Promise<Exchange> {
  const { host, port, from, timeoutMs } = target
  const startedMs = performance.now()
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  return new Promise((resolve) => {
    let localPort = 0
    const finish = (replies: Buffer[]) => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => {})
      socket.close()
      resolve({ replies, localPort, tookMs: performance.now() - startedMs, isClosed: false })
    }
    const timer = setTimeout(finish, timeoutMs, [])
    socket.once('message', (reply) => finish([reply]))
    // Among others: the ICMP message that nothing listens there.
    socket.once('error', () => finish([]))
    socket.bind({ port: 0, ...(from !== undefined && { address: from }) }, () => {
      socket.connect(port, host, () => {
        localPort = socket.address().port
        socket.send(payload)
      })
    })
  })
}

/** Writes messages on one connection and collects as many replies, or fewer if time runs out. */
export function exchangeTcp(
  target: Target,
  payloads: readonly Buffer[],
  { isSplit = false, isEncrypted = false }: StreamOptions = {},
): Promise<Exchange> {
  const startedMs = performance.now()
  const replies: Buffer[] = []
  const socket = isEncrypted ? openTls(target) : openTcp(target)
  return new Promise((resolve) => {
    let localPort = 0
    let isDone = false
    const finish = (isClosed: boolean) => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      socket.destroy()
      resolve({ replies, localPort, tookMs: performance.now() - startedMs, isClosed })
    }
    const timer = setTimeout(finish, target.timeoutMs, false)
    socket.on(isEncrypted ? 'secureConnect' : 'connect', () => {
      localPort = socket.localPort ?? 0
      const framed = payloads.map(frame)
      if (isSplit) void writeInPieces(socket, framed)
      else socket.write(Buffer.concat(framed))
    })
    const receive = unframe((reply) => replies.push(reply))
    socket.on('data', (chunk) => {
      receive(chunk)
      if (replies.length >= payloads.length) finish(false)
    })
    socket.on('error', () => finish(true))
    socket.on('close', () => finish(true))
  })
}

/** Opens a connection whatever certificate the server shows: recordings are about answers. */
export function openTls(target: Target, protocols: string[] = []): TLSSocket {
  const socket = openTcp(target)
  const options = { rejectUnauthorized: false, ALPNProtocols: protocols }
  const secured = connectTls({ socket, ...options })
  // Else the end of a connection that was refused is never heard of.
  socket.on('error', (error) => secured.destroy(error))
  return secured
}

function openTcp({ host, port, from }: Target): Socket {
  return connect({ host, port, noDelay: true, ...(from && { localAddress: from }) })
}

/** Cuts each message inside its length and in its middle. */
async function writeInPieces(socket: Socket, messages: readonly Buffer[]): Promise<void> {
  for (const message of messages) {
    const middle = message.length >> 1
    for (const piece of [
      message.subarray(0, 1),
      message.subarray(1, middle),
      message.subarray(middle),
    ]) {
      if (socket.destroyed) return
      socket.write(piece)
      await sleep(pieceIntervalMs)
    }
  }
}
