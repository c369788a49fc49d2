/** A network whose every other end is one function: octets of a query in, octets of a reply out. */

import type {
  DatagramHandlers,
  DatagramSocket,
  DialOptions,
  Network,
  StreamHandlers,
  StreamOptions,
  StreamSocket,
} from '@fingerpost/sdk'
import { readUint16, writeUint16 } from '@fingerpost/sdk'

/** What an upstream answers; undefined for silence. */
export type AnswerOctets = (
  query: Uint8Array,
  isStream: boolean,
  to: DialOptions,
) => Uint8Array | undefined

/** Keeps nothing of what went through it, so that millions of queries can. */
export class ScriptedNetwork implements Network {
  answer: AnswerOctets = () => undefined
  #lastPort = 49_152

  async dialUdp(to: DialOptions, handlers: DatagramHandlers): Promise<DatagramSocket> {
    let isOpen = true
    return {
      localPort: this.#nextPort(),
      send: (bytes) => {
        const reply = this.answer(bytes.slice(), false, to)
        // Nothing arrives while the caller is still sending.
        if (reply !== undefined) queueMicrotask(() => isOpen && handlers.onMessage(reply))
        return true
      },
      close: () => {
        isOpen = false
      },
    }
  }

  dialHttp2(): Promise<never> {
    return Promise.reject(new Error('nobody listens'))
  }

  async dialStream(to: StreamOptions, handlers: StreamHandlers): Promise<StreamSocket> {
    let isOpen = true
    let pending = new Uint8Array(0)
    const serve = (): void => {
      while (pending.length >= 2 && pending.length >= 2 + readUint16(pending, 0)) {
        const end = 2 + readUint16(pending, 0)
        const reply = this.answer(pending.slice(2, end), true, to)
        pending = pending.slice(end)
        if (reply === undefined) continue
        const framed = new Uint8Array(reply.length + 2)
        writeUint16(framed, 0, reply.length)
        framed.set(reply, 2)
        // In two pieces, the first of which may end inside the length.
        const cut = (reply[0] ?? 0) % 4
        for (const piece of [framed.slice(0, cut), framed.slice(cut)]) {
          if (piece.length > 0) queueMicrotask(() => isOpen && handlers.onData(piece))
        }
      }
    }
    return {
      unsentSize: 0,
      write: (bytes) => {
        const whole = new Uint8Array(pending.length + bytes.length)
        whole.set(pending)
        whole.set(bytes, pending.length)
        pending = whole
        serve()
      },
      close: () => {
        isOpen = false
      },
    }
  }

  interfaces(): { readonly name: string; readonly addresses: readonly string[] }[] {
    return [
      { name: 'lo', addresses: ['127.0.0.1', '::1'] },
      { name: 'eth0', addresses: ['192.0.2.100', '2001:db8::100'] },
    ]
  }

  #nextPort(): number {
    this.#lastPort = this.#lastPort >= 65_535 ? 49_152 : this.#lastPort + 1
    return this.#lastPort
  }
}
