/** Sockets towards others, made of `node:net`, `node:tls` and `node:dgram`. */

import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import type {
  Network,
  NetworkInterface,
  StreamHandlers,
  StreamOptions,
  StreamSocket,
} from '@fingerpost/sdk'
import { dialNodeUdp } from './node-udp.ts'

/** The network of Node and Deno, and all but `dialUdp` of Bun's. */
export const nodeNetwork: Network = {
  dialUdp: dialNodeUdp,
  dialStream,
  // Loaded by those alone who need it.
  dialHttp2: async (options) => (await import('./http2-client.ts')).dialHttp2(options),
  interfaces,
}

function dialStream(options: StreamOptions, handlers: StreamHandlers): Promise<StreamSocket> {
  return new Promise((resolve, reject) => {
    const { timeoutMs, tls } = options
    const socket = tls === undefined ? connect(remote(options)) : openTls(options)
    let isOpen = false
    let fault: Error | undefined
    const timer = setTimeout(() => {
      socket.destroy(timeoutError(options))
    }, timeoutMs)
    socket.setNoDelay(true)
    socket.on('error', (error) => {
      fault = error
    })
    socket.on('data', (bytes: Buffer) => handlers.onData(plain(bytes)))
    socket.once('close', () => {
      clearTimeout(timer)
      if (isOpen) handlers.onClose(fault)
      else reject(fault ?? new Error(`connection to ${placeOf(options)} closed`))
    })
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      isOpen = true
      resolve({
        localAddress: socket.localAddress,
        localPort: socket.localPort,
        get unsentSize() {
          return socket.writableLength
        },
        write: (bytes) => void socket.write(bytes),
        close: () => void socket.destroy(),
      })
    })
  })
}

/**
 * A Buffer as the Uint8Array that it is, whose `slice` copies. A new view of the same octets would
 * have the engine count them twice, and collect garbage earlier.
 */
function plain(bytes: Buffer): Uint8Array {
  return Object.setPrototypeOf(bytes, Uint8Array.prototype) as Uint8Array
}

function openTls(options: StreamOptions): Socket {
  const { serverName, ca, cert, key, alpn, isUnverified } = options.tls ?? {}
  return connectTls({
    ...remote(options),
    minVersion: 'TLSv1.2',
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(isUnverified ? { rejectUnauthorized: false } : {}),
  })
}

function remote({
  path,
  address,
  port,
  localAddress,
}: StreamOptions): { path: string } | { host: string; port: number; localAddress?: string } {
  if (path !== undefined) return { path }
  return { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) }
}

function interfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).map(([name, entries = []]) => ({
    name,
    addresses: entries.map(({ address }) =>
      /^fe[89ab]/i.test(address) && !address.includes('%') ? `${address}%${name}` : address,
    ),
  }))
}

function timeoutError(options: StreamOptions): Error {
  return Object.assign(new Error(`connecting to ${placeOf(options)} took too long`), {
    code: 'ETIMEDOUT',
  })
}

function placeOf({ path, address, port }: StreamOptions): string {
  return path ?? `${address} port ${port}`
}
