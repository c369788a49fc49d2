/**
 * Listens for queries over UDP (RFC 1035 section 4.2.1), on one address or on all of them. Replies
 * leave from the address that was asked.
 */

import type { Listener, ProxyProtocolSettings } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { errorCode, ListenError } from './listen-error.ts'
import { type PortClaim, PortClaims } from './port-claims.ts'
import { DatagramProxy } from './proxy-policy.ts'
import { isWildcard, type ListenCounts, type ListenOptions, type Serve } from './serve.ts'
import type { EndpointOwner } from './udp-endpoint.ts'
import { bindGroup, type EndpointGroup } from './udp-endpoint-group.ts'
import { LocalEndpoints } from './udp-wildcard.ts'

/** An open UDP listener. */
export interface UdpListener {
  /** As configured; empty for the wildcard address. */
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly counts: ListenCounts
  /** Assign to hand the socket to the next generation; replies under way are still sent. */
  serve: Serve
  /** Whose PROXY headers count; undefined where none are expected. */
  setProxy(settings: ProxyProtocolSettings | undefined): void
  /** Opens sockets until there are as many per address as are wanted; closes none. */
  setSockets(wanted: SocketCount): Promise<void>
  /** Leaves new queries to others that share the port, where the runtime can; old ones are read. */
  stopReceiving(): Promise<void>
  close(): Promise<void>
}

/** How many sockets an address has. */
export interface SocketCount {
  /** 0 for one per processor; 1 if not given. */
  readonly socketCount?: number | undefined
  /**
   * Whether each is of a process of its own, this being the first, and the system chooses by the
   * name that is asked for. Otherwise all are here, and it spreads clients.
   */
  readonly isPerProcess?: boolean | undefined
}

export interface UdpListenOptions extends ListenOptions, SocketCount {}

/**
 * Opens a UDP listener.
 *
 * @throws {@link ListenError}, also when the port is held by another process that would share it,
 *   unless `isShared`
 */
export async function openUdp(
  runtime: Runtime,
  options: UdpListenOptions,
  serve: Serve,
): Promise<UdpListener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(runtime, options, serve)
    } catch (error) {
      // Someone may take the free port between finding and sharing it.
      const isLostRace = options.port === 0 && errorCode(error) === 'EADDRINUSE'
      if (!isLostRace || attempt === FREE_PORT_ATTEMPTS) throw error
    }
  }
}

const FREE_PORT_ATTEMPTS = 5
const claims = new PortClaims('udp')

async function open(
  runtime: Runtime,
  options: UdpListenOptions,
  serve: Serve,
): Promise<UdpListener> {
  const address = isWildcard(options.address) ? '' : options.address
  claims.check(address, options.port)
  const bound = await findBindable(runtime, address, options)
  const socket = new OpenUdp(runtime, address, bound.port, serve, options)
  const { listener } = options
  await socket.open(
    bound.address,
    typeof listener === 'function' ? listener(bound.port) : listener,
    options,
  )
  return socket
}

/**
 * Binds for a moment without sharing. Sockets that share a port with another process would steal
 * from each other silently; this finds out. Also finds a free port and whether there is IPv6.
 */
async function findBindable(
  runtime: Runtime,
  address: string,
  { port, isShared: isSharedWithOthers = false }: UdpListenOptions,
): Promise<{ address: string; port: number }> {
  const candidates = address === '' ? ['::', '0.0.0.0'] : [address]
  for (const [index, candidate] of candidates.entries()) {
    const isShared = port !== 0 && claims.holdsPort(port)
    // A deaf socket on the port itself would lose queries that the others should get.
    const tried = isSharedWithOthers ? 0 : port
    try {
      const probe = await runtime.bindUdp({ address: candidate, port: tried, isShared }, deaf)
      await probe.close()
      return { address: candidate, port: port || probe.port }
    } catch (error) {
      const isFatal = FATAL_CODES.includes(errorCode(error))
      if (isFatal || index === candidates.length - 1) {
        throw new ListenError('udp', address, port, error)
      }
    }
  }
  throw new ListenError('udp', address, port, undefined)
}

// Of a host without IPv6 only other codes are known.
const FATAL_CODES = ['EADDRINUSE', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']
const nothing = (): void => {}
const deaf = {
  onDatagram: nothing,
  onDrain: nothing,
  onLongTurn: nothing,
  onDropped: nothing,
  onError: nothing,
}

class OpenUdp implements UdpListener, EndpointOwner, PortClaim {
  readonly address: string
  readonly port: number
  readonly counts: ListenCounts = { received: 0, dropped: 0, errors: 0 }
  readonly onFault: (error: unknown) => void
  readonly onShed: (count: number, heaviest: string | undefined) => void
  serve: Serve
  proxy: DatagramProxy | undefined
  #runtime: Runtime
  #listener: Listener | undefined
  #group: EndpointGroup | undefined
  #boundAddress = ''
  #local: LocalEndpoints | undefined

  constructor(
    runtime: Runtime,
    address: string,
    port: number,
    serve: Serve,
    { onFault, onShed }: Pick<ListenOptions, 'onFault' | 'onShed'>,
  ) {
    this.#runtime = runtime
    this.address = address
    this.port = port
    this.serve = serve
    this.onFault = onFault ?? (() => {})
    this.onShed = onShed ?? (() => {})
  }

  get listener(): Listener {
    return this.#listener as Listener
  }

  async open(boundAddress: string, listener: Listener, wanted: SocketCount): Promise<void> {
    const { port } = this
    this.#listener = listener
    this.#boundAddress = boundAddress
    const { own, processCount } = this.#possible(wanted)
    try {
      const options = { address: boundAddress, port, isShared: true }
      // Those of the local addresses get all but a few datagrams to the wildcard address.
      this.#group = await bindGroup(this.#runtime, options, this, this.address === '' ? 1 : own)
      if (processCount > 1) await this.#group.steer(processCount)
    } catch (error) {
      throw new ListenError('udp', this.address, port, error)
    }
    await this.#claim(this.#group)
    this.#group.start(listener)
    if (this.address === '') {
      const isHeld = (address: string): boolean => claims.holds(address, port)
      this.#local = new LocalEndpoints(this.#runtime, this, port, listener, isHeld)
      this.#local.socketCount = own
      this.#local.processCount = processCount
      this.#group.onStray = () => this.#local?.scanSoon()
      await this.#local.open()
    }
  }

  setProxy(settings: ProxyProtocolSettings | undefined): void {
    if (settings === undefined) this.proxy = undefined
    else if (this.proxy !== undefined) this.proxy.settings = settings
    else this.proxy = new DatagramProxy(settings, this.#runtime.clock.now)
  }

  async setSockets(wanted: SocketCount): Promise<void> {
    const { own, processCount } = this.#possible(wanted)
    await this.#group?.steer(processCount)
    if (this.#local !== undefined) {
      this.#local.socketCount = own
      this.#local.processCount = processCount
      await this.#local.scanNow()
      return
    }
    try {
      await this.#group?.grow(own)
    } catch (error) {
      throw new ListenError('udp', this.#boundAddress, this.port, error)
    }
  }

  /** Sockets of this process, and processes. */
  #possible({ socketCount: count = 1, isPerProcess = false }: SocketCount): {
    readonly own: number
    readonly processCount: number
  } {
    const { spreadsDatagrams, processorCount, name } = this.#runtime
    if (spreadsDatagrams) {
      const all = count === 0 ? processorCount : count
      return isPerProcess ? { own: 1, processCount: all } : { own: all, processCount: 1 }
    }
    if (count !== 1) {
      const reason = `${name} can't spread datagrams over several sockets: there is one per address`
      this.onFault(new Error(`plugin/multisocket: ${reason}`))
    }
    return { own: 1, processCount: 1 }
  }

  onChange(): void {
    void this.#local?.scanNow()
  }

  // Only now: a listener on the wildcard address gives up its own socket for this address.
  async #claim(group: EndpointGroup): Promise<void> {
    try {
      claims.add(this)
    } catch (error) {
      await group.close()
      throw error
    }
  }

  async stopReceiving(): Promise<void> {
    await Promise.all([this.#local?.stopReceiving(), this.#group?.stopReceiving()])
  }

  async close(): Promise<void> {
    await this.#local?.close()
    await this.#group?.close()
    claims.remove(this)
  }
}
