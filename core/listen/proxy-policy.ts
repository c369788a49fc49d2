/** Whose PROXY headers count, and whose datagrams go without them (*proxyproto*). */

import { type ProxyProtocolSettings, type ProxyRule, parseIp } from '@fingerpost/sdk'
import { readProxyHeader } from './proxy-header.ts'
import { type Client, formatClientAddress, type MutableExchange } from './serve.ts'

/** Peers whose rule is remembered; there are few balancers. */
const MAX_KNOWN_PEERS = 1024

/** What applies to the peers of one listener. */
export class ProxyPolicy {
  readonly settings: ProxyProtocolSettings
  readonly #rules = new Map<string, ProxyRule>()

  constructor(settings: ProxyProtocolSettings) {
    this.settings = settings
  }

  /** The rule for a peer by its address, as sockets write it. */
  ruleFor(peerAddress: string): ProxyRule {
    let rule = this.#rules.get(peerAddress)
    if (rule === undefined) {
      rule = this.#find(formatClientAddress(peerAddress))
      if (this.#rules.size >= MAX_KNOWN_PEERS) this.#rules.clear()
      this.#rules.set(peerAddress, rule)
    }
    return rule
  }

  #find(address: string): ProxyRule {
    const { networks, otherwise } = this.settings
    const octets = parseIp(address)
    if (octets === undefined) return otherwise
    return networks.some((network) => network.contains(octets)) ? 'use' : otherwise
  }
}

interface Session {
  readonly client: Client
  untilMs: number
}

/** Takes PROXY headers off the datagrams of one listener. */
export class DatagramProxy {
  readonly #now: () => number
  // By the balancer's end, the longest unheard of first.
  readonly #sessions = new Map<string, Session>()
  #policy: ProxyPolicy

  constructor(settings: ProxyProtocolSettings, now: () => number) {
    this.#policy = new ProxyPolicy(settings)
    this.#now = now
  }

  /** Assign to change; sessions stay. */
  set settings(settings: ProxyProtocolSettings) {
    this.#policy = new ProxyPolicy(settings)
  }

  /**
   * The DNS message in a datagram; sets the exchange's client, which is the peer before. Undefined
   * when there is none, or when it is not to be answered.
   */
  open(bytes: Uint8Array, exchange: MutableExchange): Uint8Array | undefined {
    const { clientAddress, clientPort } = exchange
    const rule = this.#policy.ruleFor(clientAddress)
    if (rule === 'skip') return bytes
    const header = readProxyHeader(bytes)
    if (header === 'none') {
      if (rule === 'use') this.#resume(exchange)
      return bytes
    }
    if (typeof header === 'string' || rule === 'reject') return undefined
    const message = bytes.subarray(header.length)
    if (rule === 'use' && header.client !== undefined) {
      exchange.clientAddress = header.client.address
      exchange.clientPort = header.client.port
      if (message.length === 0) this.#remember(`${clientAddress} ${clientPort}`, header.client)
    }
    return message.length === 0 ? undefined : message
  }

  /** A balancer may send the header once, in a datagram of its own. */
  #remember(end: string, client: Client): void {
    const { udpSessionMs, maxUdpSessions } = this.#policy.settings
    if (udpSessionMs === 0) return
    this.#sessions.delete(end)
    if (this.#sessions.size >= maxUdpSessions) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest)
        break
      }
    }
    this.#sessions.set(end, { client, untilMs: this.#now() + udpSessionMs })
  }

  #resume(exchange: MutableExchange): void {
    const { udpSessionMs } = this.#policy.settings
    if (udpSessionMs === 0) return
    const end = `${exchange.clientAddress} ${exchange.clientPort}`
    const session = this.#sessions.get(end)
    if (session === undefined) return
    this.#sessions.delete(end)
    const nowMs = this.#now()
    if (nowMs > session.untilMs) return
    session.untilMs = nowMs + udpSessionMs
    this.#sessions.set(end, session)
    exchange.clientAddress = session.client.address
    exchange.clientPort = session.client.port
  }
}
