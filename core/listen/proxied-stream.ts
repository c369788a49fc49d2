/** Connections whose client a balancer names in front, by the PROXY protocol. */

import type { Socket } from 'node:net'
import type { ProxyRule } from '@fingerpost/sdk'
import { MAX_PROXY_HEADER, readProxyHeader } from './proxy-header.ts'
import type { Client } from './serve.ts'
import { SocketStream } from './socket-stream.ts'

/** What a connection carries behind its header, octets both ways. Its ends are the socket's. */
export class ProxiedStream extends SocketStream {
  constructor(raw: Socket, rest: Uint8Array) {
    super(raw)
    raw.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) raw.pause()
    })
    raw.on('end', () => this.push(null))
    raw.on('error', () => {})
    if (rest.length > 0) this.push(rest)
  }

  override _read(): void {
    this.socket.resume()
  }
}

/**
 * Waits for the header; time limits are the caller's. `onReady` gets what is behind it, or is not
 * called when the connection is closed for a header that is malformed or not allowed.
 */
export function openProxied(
  raw: Socket,
  rule: Exclude<ProxyRule, 'skip'>,
  onReady: (stream: ProxiedStream, client: Client | undefined) => void,
): void {
  let seen: Buffer = Buffer.alloc(0)
  const onEnd = (): void => void raw.destroy()
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const header = readProxyHeader(seen)
    if (header === 'partial' && seen.length <= MAX_PROXY_HEADER) return
    raw.off('data', onData)
    raw.off('end', onEnd)
    if (header === 'none') onReady(new ProxiedStream(raw, seen), undefined)
    else if (typeof header === 'string' || rule === 'reject') raw.destroy()
    else {
      const stream = new ProxiedStream(raw, seen.subarray(header.length))
      onReady(stream, rule === 'use' ? header.client : undefined)
    }
  }
  raw.on('data', onData)
  raw.once('end', onEnd)
}
