/** Tells secondaries that a zone has changed. RFC 1996. */

import {
  type AddressWithPort,
  composeQuery,
  type DatagramSocket,
  Flag,
  formatAddressWithPort,
  HEADER_SIZE,
  type Host,
  Message,
  type Name,
  Opcode,
  Rcode,
  type Timer,
  Type,
} from '@fingerpost/sdk'

/** How often a secondary is told that does not answer. */
const ATTEMPTS = 3
const TIMEOUT_MS = 2000
/** Secondaries told at a time; the others are told when they ask (SOA refresh). */
const MAX_PENDING = 1000

/** Sends NOTIFY messages. */
export class Notifier {
  readonly #host: Host
  readonly #pending = new Map<string, Notice>()

  constructor(host: Host) {
    this.#host = host
  }

  /** Tells one secondary; one that is being told of this zone is told again from the start. */
  notify(zone: Name, secondary: AddressWithPort, source: string | undefined): void {
    const key = `${zone} ${formatAddressWithPort(secondary)}`
    this.#pending.get(key)?.close()
    if (this.#pending.size >= MAX_PENDING) return
    const notice = new Notice(this.#host, zone, secondary, source, () => this.#pending.delete(key))
    this.#pending.set(key, notice)
    notice.send()
  }

  close(): void {
    for (const notice of [...this.#pending.values()]) notice.close()
  }
}

class Notice {
  readonly #host: Host
  readonly #zone: Name
  readonly #secondary: AddressWithPort
  readonly #source: string | undefined
  readonly #onEnd: () => void
  #attempts = 0
  #id = -1
  #socket: DatagramSocket | undefined
  #timer: Timer | undefined
  #isOver = false

  constructor(
    host: Host,
    zone: Name,
    secondary: AddressWithPort,
    source: string | undefined,
    onEnd: () => void,
  ) {
    this.#host = host
    this.#zone = zone
    this.#secondary = secondary
    this.#source = source
    this.#onEnd = onEnd
  }

  send(): void {
    if (this.#isOver) return
    if (this.#attempts++ >= ATTEMPTS) {
      const to = formatAddressWithPort(this.#secondary)
      this.#host.log.warning(`${to} does not answer NOTIFY for ${this.#zone}`)
      this.close()
      return
    }
    this.#timer = this.#host.clock.after(TIMEOUT_MS, () => this.send())
    void this.#post().catch((error: unknown) => {
      this.#host.log.debug(`NOTIFY for ${this.#zone}: ${String(error)}`)
    })
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.cancel()
    this.#socket?.close()
    this.#onEnd()
  }

  async #post(): Promise<void> {
    this.#socket ??= await this.#host.network.dialUdp(
      {
        address: this.#secondary.host,
        port: this.#secondary.port,
        ...(this.#source !== undefined && { localAddress: this.#source }),
      },
      { onMessage: (wire) => this.#onReply(wire), onError: () => {} },
    )
    if (this.#isOver) this.#socket.close()
    else this.#socket.send(this.#compose())
  }

  #compose(): Uint8Array {
    this.#id = this.#host.random.uint16()
    return composeQuery({
      id: this.#id,
      flags: (Opcode.NOTIFY << 11) | Flag.AA,
      qname: this.#zone,
      qtype: Type.SOA,
      qclass: 1,
      edns: undefined,
      exchange: { listener: nobody, clientAddress: '', clientPort: 0 },
      depth: 0,
    }).wire
  }

  #onReply(wire: Uint8Array): void {
    const reply = wire.length >= HEADER_SIZE ? Message.parse(wire) : undefined
    if (reply === undefined || reply.id !== this.#id || (reply.flags & Flag.QR) === 0) return
    if (reply.rcode !== Rcode.NOERROR) {
      const to = formatAddressWithPort(this.#secondary)
      this.#host.log.warning(`${to} refused NOTIFY for ${this.#zone}: RCODE ${reply.rcode}`)
    }
    this.close()
  }
}

// What we send has come in nowhere.
const nobody = { index: 0, transport: 'udp', address: '', port: 0, label: '' } as const
