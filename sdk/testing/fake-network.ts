/** A network whose other ends are written by the test; see `fake-upstream.ts`. */

import type {
  DatagramHandlers,
  DatagramSocket,
  DialOptions,
  Http2Connection,
  Network,
  NetworkInterface,
  StreamHandlers,
  StreamOptions,
  StreamSocket,
} from '../host.ts'
import type { Query } from '../wire/query.ts'
import type { FakeClock } from './fake-clock.ts'
import { FakeUpstream, socketError, type UpstreamAnswer } from './fake-upstream.ts'

/**
 * A {@link Network} for tests.
 *
 * @example
 * const upstream = network.udpUpstream('192.0.2.1', 53, (query) => query.reply())
 * …
 * expect(upstream.asked).toHaveLength(1)
 */
export class FakeNetwork implements Network {
  /** What `interfaces` gives. */
  interfaceList: NetworkInterface[] = [{ name: 'lo', addresses: ['127.0.0.1', '::1'] }]
  readonly #clock: FakeClock
  readonly #upstreams = new Map<string, FakeUpstream>()
  readonly #asked: Query[] = []
  #openSockets = 0
  #lastPort = 49_152

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  /** Scripts what answers datagrams to an address; replaces what was there. */
  udpUpstream(address: string, port: number, answer: UpstreamAnswer): FakeUpstream {
    return this.#add('udp', address, port, answer)
  }

  /** Scripts what answers TCP and TLS connections to an address; replaces what was there. */
  streamUpstream(address: string, port: number, answer: UpstreamAnswer): FakeUpstream {
    return this.#add('stream', address, port, answer)
  }

  /** Sockets that were dialled and not closed since. */
  get openSockets(): number {
    return this.#openSockets
  }

  /** Queries that all upstreams were asked, in order. */
  get asked(): readonly Query[] {
    return this.#asked
  }

  async dialUdp(options: DialOptions, handlers: DatagramHandlers): Promise<DatagramSocket> {
    const localPort = ++this.#lastPort
    const upstream = this.#upstreams.get(`udp ${options.address} ${options.port}`)
    const socket = upstream?.takeDatagrams(options, localPort, handlers)
    this.#openSockets++
    let isOpen = true
    return {
      localPort,
      send: (bytes) => {
        if (!isOpen) throw new Error('a datagram was sent over a closed socket')
        if (socket !== undefined) socket.receive(bytes.slice())
        else queueMicrotask(() => isOpen && handlers.onError(socketError('ECONNREFUSED', options)))
        return true
      },
      close: () => {
        if (!isOpen) return
        isOpen = false
        this.#openSockets--
        socket?.hangUp()
      },
    }
  }

  async dialStream(options: StreamOptions, handlers: StreamHandlers): Promise<StreamSocket> {
    const upstream = this.#upstreams.get(`stream ${options.address} ${options.port}`)
    if (upstream === undefined || upstream.connect === 'refuse') {
      throw socketError('ECONNREFUSED', options)
    }
    if (upstream.connect === 'hang') await this.#expire(options)
    if (upstream.delayMs > 0) await this.#wait(upstream.delayMs)
    this.#openSockets++
    let isOpen = true
    const close = (): void => {
      if (isOpen) this.#openSockets--
      isOpen = false
    }
    const socket = upstream.takeStream(options, ++this.#lastPort, {
      onData: (bytes) => handlers.onData(bytes),
      onClose: (error) => {
        close()
        handlers.onClose(error)
      },
    })
    return {
      unsentSize: 0,
      write: (bytes) => {
        // Octets written to a connection that the other end closed are lost, as in life.
        if (isOpen) socket.receive(bytes.slice())
      },
      close: () => {
        close()
        socket.hangUp()
      },
    }
  }

  /** Nobody listens; a test that needs a server replaces it. */
  async dialHttp2(options: StreamOptions): Promise<Http2Connection> {
    throw socketError('ECONNREFUSED', options)
  }

  interfaces(): NetworkInterface[] {
    return this.interfaceList
  }

  #add(
    kind: 'udp' | 'stream',
    address: string,
    port: number,
    answer: UpstreamAnswer,
  ): FakeUpstream {
    const note = (query: Query): void => void this.#asked.push(query)
    const upstream = new FakeUpstream(kind, this.#clock, answer, note)
    this.#upstreams.set(`${kind} ${address} ${port}`, upstream)
    return upstream
  }

  #wait(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.afterUncounted(durationMs, resolve))
  }

  async #expire(options: StreamOptions): Promise<never> {
    await this.#wait(options.timeoutMs)
    throw socketError('ETIMEDOUT', options)
  }
}
