/** A resolver for tests: answers every A query with one address, over UDP and TCP, until told not to. */

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import * as packet from '@leichtgewicht/dns-packet'
import { onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'

/** Starts a resolver on a free port of 127.0.0.1. Ends with the test. */
export async function startResolver(address: string): Promise<AnsweringServer> {
  const server = new AnsweringServer(address, await freePort())
  await server.open()
  onTestFinished(() => server.close())
  return server
}

/** The resolver. */
export class AnsweringServer {
  readonly port: number
  /** Names that were asked for, in order, by what they came over. */
  readonly asked: { readonly name: string; readonly transport: 'udp' | 'tcp' }[] = []
  /** Lets replies go that {@link hold} keeps back. */
  release: () => void = () => {}
  readonly #address: string
  #isReleased: Promise<void> = Promise.resolve()
  #udp: Socket | undefined
  #tcp: Server | undefined

  constructor(address: string, port: number) {
    this.#address = address
    this.port = port
  }

  /** Keeps replies back from now on until `release`. */
  hold(): void {
    this.#isReleased = new Promise((resolve) => {
      this.release = resolve
    })
  }

  async open(): Promise<void> {
    const udp = createSocket('udp4')
    udp.on('message', (octets, { port, address }) => {
      const reply = this.#answer(octets, 'udp')
      void this.#isReleased.then(() => udp.send(reply, port, address))
    })
    this.#udp = udp
    const tcp = createServer((socket) => {
      let held = Buffer.alloc(0)
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        held = Buffer.concat([held, chunk])
        while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
          const end = 2 + held.readUInt16BE(0)
          const reply = this.#answer(held.subarray(2, end), 'tcp')
          const length = Buffer.alloc(2)
          length.writeUInt16BE(reply.length)
          void this.#isReleased.then(() => socket.write(Buffer.concat([length, reply])))
          held = held.subarray(end)
        }
      })
    })
    this.#tcp = tcp
    await once(udp.bind(this.port, '127.0.0.1'), 'listening')
    await once(tcp.listen(this.port, '127.0.0.1'), 'listening')
  }

  async close(): Promise<void> {
    this.#udp?.close()
    this.#udp = undefined
    this.#tcp?.close()
    this.#tcp = undefined
  }

  #answer(octets: Uint8Array, transport: 'udp' | 'tcp'): Uint8Array {
    const query = packet.decode(octets)
    const [question] = query.questions ?? []
    const name = question?.name ?? ''
    this.asked.push({ name, transport })
    const isA = question?.type === 'A'
    return packet.encode({
      type: 'response',
      id: query.id,
      flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE,
      questions: query.questions,
      answers: isA ? [{ type: 'A', name, ttl: 60, data: this.#address }] : [],
    } as packet.Packet)
  }
}
