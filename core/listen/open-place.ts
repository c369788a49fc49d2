/** Opens what a server listens on, whatever it is: UDP and TCP on one port, TLS, or HTTPS. */

import type { Listener, ProxyProtocolSettings, Transport } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { type OnHttpResponse, openHttps } from './https.ts'
import { openDns } from './open-dns.ts'
import { ProxyPolicy } from './proxy-policy.ts'
import type { Serve } from './serve.ts'
import { openTcp, type TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import type { TlsIdentity } from './tls-identity.ts'
import { TlsWatch } from './tls-watch.ts'
import type { SocketCount, UdpListener } from './udp.ts'

export interface PlaceOptions extends SocketCount {
  readonly transport: 'dns' | 'tls' | 'https'
  /** Empty for all addresses. */
  readonly address: string
  /** 0 for any free port. */
  readonly port: number
  readonly listener: (transport: Transport, port: number) => Listener
  /** For `tls` always, for `https` unless plain HTTP is meant; see `loadTls`. */
  readonly tls?: TlsIdentity | undefined
  readonly limits?: Partial<TcpLimits> | undefined
  /** Hears of faults of the listeners' own: for the log. */
  readonly onFault?: ((error: unknown) => void) | undefined
  /** See `ListenOptions`. */
  readonly onShed?: ((count: number, heaviest: string | undefined) => void) | undefined
  /** Hears that a certificate was exchanged, or (with an error) that the new one is not usable. */
  readonly onCertificate?: ((error?: unknown) => void) | undefined
  readonly onHttpResponse?: OnHttpResponse | undefined
  /** See `ListenOptions`. */
  readonly isShared?: boolean | undefined
}

/** What is granted to clients and asked of them. */
export interface ClientSettings {
  /** Limits of connections from their next query on. */
  readonly limits?: Partial<TcpLimits> | undefined
  /** Balancers whose PROXY headers count; without them none is expected. */
  readonly proxy?: ProxyProtocolSettings | undefined
  /** Certificate and rules of new connections. */
  readonly tls?: TlsIdentity | undefined
}

/** The open sockets of one place. */
export interface Place {
  readonly port: number
  /** UDP before TCP. */
  readonly listeners: readonly Listener[]
  /** From now on queries are answered by this. */
  serve: Serve
  /** What holds from now on, see {@link ClientSettings}; what is left out gets its default. */
  configure(settings: ClientSettings): void
  /**
   * Reads the files of the certificate again; true if there is a new one. The files are looked at
   * once a second anyway.
   * @throws ConfigError when they are not usable; the old certificate stays
   */
  reloadCertificate(): Promise<boolean>
  /** Opens UDP sockets until there are as many per address as are wanted; closes none. */
  setSockets(wanted: SocketCount): Promise<void>
  /** Leaves new datagrams to others that share the port, where the runtime can. */
  stopReceiving(): Promise<void>
  /** Answers what is in flight for at most `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>
}

/** Opens all listeners of a place or none. @throws ListenError */
export async function openPlace(
  runtime: Runtime,
  options: PlaceOptions,
  serve: Serve,
): Promise<Place> {
  return options.transport === 'dns'
    ? openDatagramsAndStream(runtime, options, serve)
    : openStream(runtime, options, options.transport, serve)
}

async function openDatagramsAndStream(
  runtime: Runtime,
  options: PlaceOptions,
  serve: Serve,
): Promise<Place> {
  const { address, port, listener, limits, socketCount, isPerProcess } = options
  const { onFault, onShed, isShared } = options
  const where = {
    address,
    port,
    socketCount,
    isPerProcess,
    udp: (bound: number) => listener('udp', bound),
    tcp: (bound: number) => listener('tcp', bound),
    onFault,
    onShed,
    isShared,
  }
  const { udp, tcp, close } = await openDns(runtime, where, serve, limits)
  return new OpenPlace(runtime, options, { udp, stream: tcp, close })
}

async function openStream(
  runtime: Runtime,
  options: PlaceOptions,
  transport: 'tls' | 'https',
  serve: Serve,
): Promise<Place> {
  const { address, port, tls, limits, onFault, onHttpResponse, isShared } = options
  if (transport === 'tls' && tls === undefined) throw new RangeError('tls:// without a certificate')
  const listener = (bound: number): Listener => options.listener(transport, bound)
  const where = { address, port, listener, onFault, onHttpResponse, isShared }
  const open = transport === 'tls' ? openTcp : openHttps
  const stream = await open(runtime, where, serve, limits, tls)
  return new OpenPlace(runtime, options, {
    udp: undefined,
    stream,
    close: (graceMs) => stream.close(graceMs),
  })
}

interface Sockets {
  readonly udp: UdpListener | undefined
  readonly stream: TcpListener
  close(graceMs?: number): Promise<void>
}

class OpenPlace implements Place {
  readonly listeners: readonly Listener[]
  readonly #sockets: Sockets
  readonly #certificate: TlsWatch

  constructor(runtime: Runtime, { tls, onCertificate }: PlaceOptions, sockets: Sockets) {
    this.#sockets = sockets
    const { udp, stream } = sockets
    this.listeners = udp === undefined ? [stream.listener] : [udp.listener, stream.listener]
    this.#certificate = new TlsWatch(runtime, {
      onChange: (identity) => {
        stream.identity = identity
      },
      onOutcome: onCertificate ?? (() => {}),
    })
    this.#certificate.watch(tls)
  }

  get port(): number {
    return this.#sockets.stream.port
  }

  get serve(): Serve {
    return this.#sockets.stream.serve
  }

  set serve(serve: Serve) {
    this.#sockets.stream.serve = serve
    if (this.#sockets.udp !== undefined) this.#sockets.udp.serve = serve
  }

  configure({ limits, proxy, tls }: ClientSettings): void {
    const { udp, stream } = this.#sockets
    stream.limits = { ...stream.defaultLimits, ...limits }
    udp?.setProxy(proxy)
    stream.proxy = proxy && new ProxyPolicy(proxy)
    stream.identity = tls
    this.#certificate.watch(tls)
  }

  reloadCertificate(): Promise<boolean> {
    return this.#certificate.reload()
  }

  async setSockets(wanted: SocketCount): Promise<void> {
    await this.#sockets.udp?.setSockets(wanted)
  }

  async stopReceiving(): Promise<void> {
    await this.#sockets.udp?.stopReceiving()
  }

  async close(graceMs?: number): Promise<void> {
    this.#certificate.close()
    await this.#sockets.close(graceMs)
  }
}
