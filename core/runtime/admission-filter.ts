/** The program by which the kernel lets in a share of each client's datagrams, at random. */

import { parseIp } from '@fingerpost/sdk'
import type { Admission } from './fair-share.ts'
import { assemble, at, bpf, type Instruction } from './packet-filter.ts'

/** Lets nothing in. */
export const barringFilter: Uint8Array = assemble([bpf.return(0)])

/** Where the IP header begins, whatever is in front of it, and a random word (linux/filter.h). */
const IP_HEADER = -0x100000
const IPV4_SOURCE = IP_HEADER + 12
const IPV6_SOURCE = IP_HEADER + 8
const RANDOM = -0x1000 + 56
const EVERYTHING = 0xffffffff

/** Lets in what the admission says; addresses as the runtime tells them, without zones. */
export function admissionFilter({ clients, others }: Admission): Uint8Array {
  const known = [...clients].flatMap(([client, share]) => {
    // An IPv6 socket that takes IPv4 as well sees IPv4 headers behind such addresses.
    const octets = parseIp(client.replace(/^::ffff:(?=\d+\.)/i, ''))
    return octets === undefined ? [] : [{ words: wordsOf(octets), share }]
  })
  const ipv4 = known.filter(({ words }) => words.length === 1)
  const ipv6 = known.filter(({ words }) => words.length === 4)
  return assemble([
    bpf.loadByte(IP_HEADER),
    bpf.shiftRight(4),
    bpf.ifEqual(6, 'IPv6 0'),
    ...drawByClient('IPv4', IPV4_SOURCE, ipv4, others),
    ...drawByClient('IPv6', IPV6_SOURCE, ipv6, others),
  ])
}

interface KnownClient {
  readonly words: readonly number[]
  readonly share: number
}

/** One section for each client, named so that the one before can jump to it, and one for others. */
function drawByClient(
  family: string,
  source: number,
  clients: readonly KnownClient[],
  others: number,
): Instruction[] {
  const sections = clients.map(({ words, share }, i) => [
    ...words.flatMap((word, at) => [
      bpf.loadWord(source + 4 * at),
      bpf.ifEqual(word, undefined, `${family} ${i + 1}`),
    ]),
    ...draw(share, `${family} ${i} drop`),
  ])
  sections.push(draw(others, `${family} drop`))
  return sections.flatMap(([first = bpf.return(EVERYTHING), ...rest], i) => [
    at(`${family} ${i}`, first),
    ...rest,
  ])
}

/** Ends with everything or nothing. */
function draw(share: number, drop: string): Instruction[] {
  if (share >= 1) return [bpf.return(EVERYTHING)]
  return [
    bpf.loadWord(RANDOM),
    bpf.ifAtLeast(Math.floor(share * EVERYTHING), drop),
    bpf.return(EVERYTHING),
    at(drop, bpf.return(0)),
  ]
}

function wordsOf(octets: Uint8Array): number[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  return Array.from({ length: octets.length / 4 }, (_, i) => view.getUint32(4 * i))
}
