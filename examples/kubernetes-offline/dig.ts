/**
 * As much of `dig` as the README uses, for machines without it: `@ADDRESS`, `-p`, `-x`, a name, a
 * type, `+short`, `+noall`, `+answer`, `+additional`, `+comments`. Shares no code with the server.
 */

import { createSocket } from 'node:dgram'
import * as packet from '@leichtgewicht/dns-packet'

/** The lines that dig prints, with one space where it has several. */
export async function dig(words: readonly string[], timeoutMs = 5000): Promise<string[]> {
  const wanted = readWords(words)
  const { shows } = wanted
  const reply = await ask(wanted, timeoutMs)
  if (shows.has('+short')) return (reply.answers ?? []).map(formatData)
  if (!shows.has('+noall')) throw new Error('only +short and +noall are known here')
  const { rcode } = reply as { rcode?: string }
  return [
    ...(shows.has('+comments')
      ? [`;; ->>HEADER<<- opcode: QUERY, status: ${rcode}, id: ${reply.id}`]
      : []),
    ...(shows.has('+answer') ? (reply.answers ?? []).map(formatRecord) : []),
    ...(shows.has('+additional') ? (reply.additionals ?? []).map(formatRecord) : []),
  ]
}

interface Wanted {
  readonly address: string
  readonly port: number
  readonly name: string
  readonly type: string
  readonly shows: ReadonlySet<string>
}

function readWords(words: readonly string[]): Wanted {
  const wanted = { address: '', port: 53, name: '', type: 'A' }
  const shows = new Set<string>()
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('@')) wanted.address = word.slice(1)
    else if (word === '-p') wanted.port = Number(rest.shift())
    else if (word === '-x') Object.assign(wanted, { name: reverse(rest.shift()), type: 'PTR' })
    else if (known.has(word)) shows.add(word)
    else if (/^[+-]/.test(word)) throw new Error(`dig's ${word} is not known here`)
    else if (wanted.name === '') wanted.name = word
    else wanted.type = word
  }
  return { ...wanted, shows }
}

const known = new Set(['+short', '+noall', '+answer', '+additional', '+comments'])

function reverse(address = ''): string {
  if (!/^\d+(\.\d+){3}$/.test(address)) throw new Error(`-x ${address} is not known here`)
  return `${address.split('.').reverse().join('.')}.in-addr.arpa`
}

function ask({ address, port, name, type }: Wanted, timeoutMs: number): Promise<packet.Packet> {
  const id = Math.floor(Math.random() * 65_536)
  const query = packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name } as packet.Question],
  })
  const socket = createSocket('udp4')
  return new Promise<packet.Packet>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no reply')), timeoutMs)
    socket.on('message', (octets) => {
      clearTimeout(timer)
      resolve(packet.decode(octets))
    })
    socket.send(query, port, address)
  }).finally(() => socket.close())
}

function formatRecord(record: packet.Answer): string {
  const { name, ttl, type } = record as { name: string; ttl: number; type: string }
  return `${name}. ${ttl} IN ${type} ${formatData(record)}`
}

function formatData(record: packet.Answer): string {
  const { type, data } = record as { type: string; data: unknown }
  if (type === 'A' || type === 'AAAA') return String(data)
  if (type === 'CNAME' || type === 'PTR') return `${data}.`
  if (type === 'TXT')
    return [data]
      .flat()
      .map((text) => `"${text}"`)
      .join(' ')
  if (type !== 'SRV') throw new Error(`${type} is not known here`)
  const { priority, weight, port, target } = data as packet.SrvData
  return `${priority} ${weight} ${port} ${target}.`
}
