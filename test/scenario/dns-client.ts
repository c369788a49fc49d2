/** A client that shares no code with the server: sockets of Node, messages by dns-packet. */

import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import * as packet from '@leichtgewicht/dns-packet'

const TIMEOUT_MS = 5000

/** How to ask. */
export interface AskOptions {
  readonly transport?: 'udp' | 'tcp'
  /** 127.0.0.1 by default. */
  readonly address?: string
}

/** A reply as people read it. */
export interface Reply {
  readonly rcode: string
  /** `TYPE DATA` of each record in the answer section. */
  readonly answer: readonly string[]
  /** The same for the additional section, OPT left out. */
  readonly additional: readonly string[]
}

/** Asks once. Rejects after five seconds without a reply. */
export async function ask(
  port: number,
  name: string,
  type: string,
  { transport = 'udp', address = '127.0.0.1' }: AskOptions = {},
): Promise<Reply> {
  const query = packet.encode({
    type: 'query',
    id: 4711,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name } as packet.Question],
  })
  const octets = await (transport === 'udp' ? overUdp : overTcp)(query, port, address)
  const reply = packet.decode(octets)
  if (reply.id !== 4711) throw new Error(`the id is ${reply.id}`)
  return {
    rcode: String((reply as { rcode?: string }).rcode),
    answer: (reply.answers ?? []).map(describe),
    additional: (reply.additionals ?? []).filter(({ type: t }) => t !== 'OPT').map(describe),
  }
}

/** Whether something accepts TCP connections on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function describe(record: packet.Answer): string {
  const data = (record as { data?: unknown }).data
  return `${record.type} ${typeof data === 'string' ? data : JSON.stringify(data)}`
}

function overUdp(query: Uint8Array, port: number, address: string): Promise<Uint8Array> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const reply = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('message', resolve)
    socket.on('error', reject)
    socket.send(query, port, address)
  })
  return within(reply, () => socket.close())
}

function overTcp(query: Uint8Array, port: number, address: string): Promise<Uint8Array> {
  const socket = connect(port, address)
  const reply = new Promise<Uint8Array>((resolve, reject) => {
    let octets = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed')))
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk])
      if (octets.length < 2 || octets.length < 2 + octets.readUInt16BE(0)) return
      resolve(octets.subarray(2, 2 + octets.readUInt16BE(0)))
    })
    const framed = Buffer.alloc(query.length + 2)
    framed.writeUInt16BE(query.length)
    framed.set(query, 2)
    socket.write(framed)
  })
  return within(reply, () => socket.destroy())
}

async function within<T>(reply: Promise<T>, end: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no reply')), TIMEOUT_MS)
  })
  try {
    return await Promise.race([reply, late])
  } finally {
    clearTimeout(timer)
    end()
  }
}
