/** A collector for tests on a network of its own: keeps the frames it gets, taken apart. */

import type { StreamHandlers, StreamOptions, StreamSocket } from '@fingerpost/sdk'
import { FakeNetwork } from '@fingerpost/sdk/testing'
import { Control, composeControl } from './frame-stream.ts'

/** A network with one collector, whatever is dialled. */
export class ScriptedCollector extends FakeNetwork {
  connect: 'accept' | 'refuse' = 'accept'
  /** What is said to READY; undefined for silence. */
  greeting: Uint8Array | undefined = composeControl(Control.ACCEPT)
  /** What is said to STOP; undefined for silence. */
  farewell: Uint8Array | undefined = composeControl(Control.FINISH)
  /** What streams say they have left to send. */
  unsentSize = 0
  readonly dialled: StreamOptions[] = []
  /** Kinds of control frames, and `data`, in the order in which they came. */
  readonly frames: (number | 'data')[] = []
  /** Data frames. */
  readonly messages: Uint8Array[] = []
  readonly #open = new Set<StreamHandlers>()

  override get openSockets(): number {
    return this.#open.size
  }

  override async dialStream(
    options: StreamOptions,
    handlers: StreamHandlers,
  ): Promise<StreamSocket> {
    this.dialled.push(options)
    if (this.connect === 'refuse') throw new Error('ECONNREFUSED')
    this.#open.add(handlers)
    let pending = new Uint8Array(0)
    const collector = this
    return {
      get unsentSize() {
        return collector.unsentSize
      },
      write: (bytes) => {
        pending = new Uint8Array([...pending, ...bytes])
        pending = this.#read(pending, (reply) => queueMicrotask(() => handlers.onData(reply)))
      },
      close: () => void this.#open.delete(handlers),
    }
  }

  /** Ends all connections, as a collector that goes away does. */
  cut(): void {
    for (const handlers of [...this.#open]) {
      this.#open.delete(handlers)
      handlers.onClose()
    }
  }

  /** Takes whole frames off the front; gives what is left. */
  #read(octets: Uint8Array, send: (reply: Uint8Array) => void): Uint8Array<ArrayBuffer> {
    let at = 0
    while (at + 4 <= octets.length) {
      const view = new DataView(octets.buffer, octets.byteOffset)
      const isControl = view.getUint32(at) === 0
      const start = at + (isControl ? 8 : 4)
      const end = start + view.getUint32(isControl ? at + 4 : at)
      if (end > octets.length) break
      if (isControl) this.#onControl(view.getUint32(start), send)
      else {
        this.frames.push('data')
        this.messages.push(octets.slice(start, end))
      }
      at = end
    }
    return new Uint8Array(octets.subarray(at))
  }

  #onControl(kind: number, send: (reply: Uint8Array) => void): void {
    this.frames.push(kind)
    const reply =
      kind === Control.READY ? this.greeting : kind === Control.STOP ? this.farewell : undefined
    if (reply !== undefined) send(reply)
  }
}

/** Fields of a protocol buffer by number: numbers, or octets in hexadecimal. */
export function fieldsOf(octets: Uint8Array): Record<number, number | string> {
  const fields: Record<number, number | string> = {}
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const octet = octets[at++] as number
      value += (octet & 0x7f) * scale
      if (octet < 0x80) return value
    }
  }
  while (at < octets.length) {
    const tag = varint()
    const field = tag >>> 3
    if ((tag & 7) === 0) fields[field] = varint()
    else if ((tag & 7) === 5) {
      fields[field] = new DataView(octets.buffer, octets.byteOffset + at).getUint32(0, true)
      at += 4
    } else {
      const size = varint()
      fields[field] = Buffer.from(octets.subarray(at, at + size)).toString('hex')
      at += size
    }
  }
  return fields
}
