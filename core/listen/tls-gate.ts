/**
 * Where connections get their TLS: each is handed to a TLS server that doesn't listen itself, so
 * that connections are counted before they have said anything, and so that a new certificate is a
 * new server for those that come, while the old one keeps those that are there. RFC 7858 3.1.
 */

import { appendFile } from 'node:fs'
import type { Socket } from 'node:net'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import { ProxiedStream } from './proxied-stream.ts'
import { admits, type TlsIdentity } from './tls-identity.ts'

/** What happens to connections at the gate. */
export interface GateKeeper<Passed> {
  /** Makes a server that doesn't listen. */
  makeServer(identity: TlsIdentity): TlsServer
  /** Is told of a handshake that went well; what belongs to it was given to `begin`. */
  onSecure(socket: TLSSocket, passed: Passed): void
  /** Is told of faults of the listener's own, not of its clients. */
  onFault(error: unknown): void
}

interface Handshake<Passed> {
  readonly raw: Socket | ProxiedStream
  readonly passed: Passed
}

/** Handshakes of one listener. */
export class TlsGate<Passed> {
  readonly #keeper: GateKeeper<Passed>
  // By the client's end: no runtime tells from which socket a TLS socket was made.
  readonly #handshakes = new Map<string, Handshake<Passed>>()
  #identity: TlsIdentity
  #server: TlsServer

  constructor(identity: TlsIdentity, keeper: GateKeeper<Passed>) {
    this.#keeper = keeper
    this.#identity = identity
    this.#server = this.#sharedServer(identity)
  }

  get identity(): TlsIdentity {
    return this.#identity
  }

  /** Connections from now on get this one. */
  set identity(identity: TlsIdentity) {
    this.#identity = identity
    this.#server = this.#sharedServer(identity)
  }

  /** Begins the handshake with a client that was just accepted. */
  begin(raw: Socket | ProxiedStream, passed: Passed): void {
    if (raw instanceof ProxiedStream) {
      this.#beginProxied(raw, passed)
      return
    }
    const end = endOf(raw)
    this.#handshakes.set(end, { raw, passed })
    raw.once('close', () => {
      if (this.#handshakes.get(end)?.raw === raw) this.#handshakes.delete(end)
    })
    this.#server.emit('connection', raw)
  }

  /** No runtime gives a TLS socket over a stream its ends: a server of its own knows whose it is. */
  #beginProxied(raw: ProxiedStream, passed: Passed): void {
    const { identity } = this
    const server = this.#serverFor(identity, (socket) => {
      const { remoteAddress, remotePort } = raw
      Object.defineProperties(socket, {
        remoteAddress: { value: remoteAddress },
        remotePort: { value: remotePort },
      })
      this.#pass(socket, { raw, passed }, identity)
    })
    server.emit('connection', raw)
  }

  #serverFor(identity: TlsIdentity, onSecure: (socket: TLSSocket) => void): TlsServer {
    const server = this.#keeper.makeServer(identity)
    server.on('secureConnection', onSecure)
    // Clients that speak something else, or are gone: runtimes don't all end the connection.
    server.on('tlsClientError', (_: Error, socket: TLSSocket | undefined) => socket?.destroy())
    server.on('error', (error) => this.#keeper.onFault(error))
    const { keylogPath } = identity.settings
    if (keylogPath !== undefined) {
      server.on('keylog', (line: Buffer) => {
        appendFile(keylogPath, line, { mode: 0o600 }, (error) => {
          if (error) this.#keeper.onFault(error)
        })
      })
    }
    return server
  }

  #sharedServer(identity: TlsIdentity): TlsServer {
    return this.#serverFor(identity, (socket) => this.#pass(socket, this.#find(socket), identity))
  }

  #find(socket: TLSSocket): Handshake<Passed> | undefined {
    const end = endOf(socket)
    const handshake = this.#handshakes.get(end)
    this.#handshakes.delete(end)
    return handshake
  }

  #pass(socket: TLSSocket, handshake: Handshake<Passed> | undefined, identity: TlsIdentity): void {
    socket.on('error', () => {})
    if (handshake === undefined || !admits(identity, socket)) {
      socket.destroy()
      handshake?.raw.destroy()
      return
    }
    this.#keeper.onSecure(socket, handshake.passed)
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
