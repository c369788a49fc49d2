/**
 * Asks a primary one question over TCP: for its SOA, or for the zone, which may take many messages
 * (RFC 5936 2.2, RFC 1995 3). Bounded in time and octets; nothing is taken from a stranger.
 */

import {
  type AddressWithPort,
  Class,
  compose,
  Flag,
  FrameReader,
  formatAddressWithPort,
  formatRcode,
  type Host,
  Message,
  type Name,
  Rcode,
  type Rr,
  type StreamSocket,
  type Timer,
  writeUint16,
} from '@fingerpost/sdk'

/** Time for a connection to be made. */
export const CONNECT_TIMEOUT_MS = 5000
/** Time between two messages of a primary. */
export const IDLE_TIMEOUT_MS = 20_000
/** Time that a whole transfer may take. */
export const MAX_TRANSFER_MS = 30 * 60_000
/** Octets of the messages of one transfer. */
export const MAX_TRANSFER_SIZE: number = 2 ** 30

/** What to ask whom. */
export interface Question {
  readonly primary: AddressWithPort
  readonly zone: Name
  readonly qtype: number
  /** The SOA that we have: for IXFR. */
  readonly soa?: Rr | undefined
}

/** Takes the messages one by one; true when the last one has come. May throw. */
export type OnMessage = (message: Message) => boolean

/** A question under way. */
export class PrimaryExchange {
  readonly #host: Host
  readonly #question: Question
  readonly #onMessage: OnMessage
  readonly #id: number
  #socket: StreamSocket | undefined
  #idle: Timer | undefined
  #deadline: Timer | undefined
  #size = 0
  #settle: ((error?: Error) => void) | undefined

  constructor(host: Host, question: Question, onMessage: OnMessage) {
    this.#host = host
    this.#question = question
    this.#onMessage = onMessage
    this.#id = host.random.uint16()
  }

  /** Asks; resolves when the last message has come, rejects with why it has not. */
  async run(): Promise<void> {
    const { primary } = this.#question
    const frames = new FrameReader()
    const done = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error))
    })
    // A fault may come while the connection is being made, when nobody waits yet.
    done.catch(() => {})
    this.#deadline = this.#host.clock.after(MAX_TRANSFER_MS, () => {
      this.#end(new Error(`it took more than ${MAX_TRANSFER_MS / 60_000} minutes`))
    })
    try {
      const target = {
        address: primary.host,
        port: primary.port,
        timeoutMs: CONNECT_TIMEOUT_MS,
      }
      this.#socket = await this.#host.network.dialStream(target, {
        onData: (bytes) => this.#take(() => frames.push(bytes, (frame) => this.#read(frame))),
        onClose: (error) => this.#end(error ?? new Error('the connection was closed')),
      })
      if (this.#settle === undefined) this.#socket.close()
      else {
        this.#wait()
        this.#socket.write(framed(this.#compose()))
      }
      await done
    } finally {
      this.#end()
    }
  }

  /** Ends the exchange with an error. */
  abort(): void {
    this.#end(new Error('the server block ends'))
  }

  #take(read: () => void): void {
    try {
      read()
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #read(frame: Uint8Array): void {
    if (this.#settle === undefined) return
    this.#size += frame.length
    if (this.#size > MAX_TRANSFER_SIZE) {
      throw new Error(`it has more than ${MAX_TRANSFER_SIZE} octets`)
    }
    // The octets belong to the stream; records are kept beyond it.
    const message = Message.parse(frame.slice())
    if (message === undefined) throw new Error('a message could not be read')
    if (message.id !== this.#id || (message.flags & Flag.QR) === 0) return
    this.#check(message)
    this.#wait()
    if (this.#onMessage(message)) this.#end()
  }

  #check(message: Message): void {
    const { zone, qtype } = this.#question
    if (message.rcode !== Rcode.NOERROR) throw new Error(`it says ${formatRcode(message.rcode)}`)
    if (message.isTruncated) throw new Error('a message was cut short')
    // Messages after the first need no question (RFC 5936 2.2.1).
    if (message.questionCount === 0) return
    const isOurs = message.questionCount === 1 && message.qname.equals(zone)
    if (!isOurs || message.qtype !== qtype) throw new Error('it answers another question')
  }

  #wait(): void {
    this.#idle?.cancel()
    this.#idle = this.#host.clock.after(IDLE_TIMEOUT_MS, () => {
      this.#end(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} seconds`))
    })
  }

  #end(error?: Error): void {
    this.#idle?.cancel()
    this.#deadline?.cancel()
    const settle = this.#settle
    this.#settle = undefined
    this.#socket?.close()
    this.#socket = undefined
    settle?.(error)
  }

  #compose(): Uint8Array {
    const { zone, qtype, soa } = this.#question
    const question = new Uint8Array(zone.wire.length + 4)
    question.set(zone.wire)
    writeUint16(question, zone.wire.length, qtype)
    writeUint16(question, zone.wire.length + 2, Class.IN)
    const authority = soa === undefined ? [] : [soa]
    return compose({ id: this.#id, flags: 0, question, authority }).wire
  }
}

function framed(wire: Uint8Array): Uint8Array {
  const octets = new Uint8Array(wire.length + 2)
  writeUint16(octets, 0, wire.length)
  octets.set(wire, 2)
  return octets
}

/** An error about a primary, for the log. */
export function primaryFault(primary: AddressWithPort, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  return `${formatAddressWithPort(primary)}: ${reason}`
}
