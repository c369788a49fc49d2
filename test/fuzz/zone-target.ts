// biome-ignore-all lint/suspicious/noTemplateCurlyInString: $GENERATE has them.

/** Zone files: what they say is refused with its place, or served and given away whole. */

import { DnsError, formatRr, Message, Name, type Random } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { loadZone, transferOut, type ZoneData, ZoneFault, ZoneReplies } from '@fingerpost/sdk/zone'
import { mutateText, pick } from './mutate.ts'
import { ensure, type Target } from './target.ts'

const ORIGIN = Name.parseText('a.test')
const SOA = '@ 60 IN SOA ns m 1 2 3 4 5\n'
const BITS = [
  ...['"', '\\', '(', ')', ';', '\n', ' ', '\t', '\\#', '@', '.', '*', '*.', '0', '-1', '65536'],
  ...['$', '$ORIGIN ', '$TTL ', '$INCLUDE z\n', '$GENERATE 1-3 ', '${0,2,x}', 'IN ', '1h', '\r\n'],
  ...['a', 'a.test.', 'CNAME ', 'DNAME ', 'NS ', 'A 192.0.2.1', 'TXT ', '\\065', '\\.', '\0'],
]
const LINES = [
  'a 1h IN A 192.0.2.1',
  '  IN AAAA 2001:db8::1',
  '*.w MX 10 a',
  'c CNAME d.a.test.',
  'd CNAME c',
  'e DNAME w',
  'sub NS ns.sub\nns.sub A 192.0.2.3',
  'x.ent TXT "a b" c\\065\\"',
  's SRV 1 2 3 a\ns SRV 1 2 4 a',
  'u TYPE65280 \\# 2 abcd',
  'h HTTPS 1 . alpn=h2',
  'a NSEC c A NSEC\nc NSEC @ CNAME NSEC\n@ NSEC a SOA NSEC',
  'a RRSIG A 13 3 60 20300101000000 20200101000000 1 @ AAAA',
  '$ORIGIN o\nb PTR c\n$ORIGIN a.test.',
  '$TTL 1d\nt TXT (\n x ; y\n z )',
  '$GENERATE 1-4/2 g${1,3} A 192.0.2.$',
  '$INCLUDE z b\n',
]

/** The text of a zone. */
export const zoneTarget: Target = {
  name: 'zones',
  input: 'text',
  share: 100,
  prepare: (random) => ({
    next: () => new TextEncoder().encode(nextZone(random)),
    check: checkZone,
  }),
}

function nextZone(random: Random): string {
  const lines = Array.from({ length: random.below(6) }, () => pick(random, LINES))
  return mutateText(random, `${SOA}${lines.join('\n')}\n`, BITS, LINES)
}

async function checkZone(input: Uint8Array): Promise<void> {
  const data = await load(input)
  if (data === undefined) return
  checkAnswers(new ZoneReplies(data), data)
  const text = [...transferOut(data, undefined)].flat().map(formatRr)
  const again = await load(new TextEncoder().encode(text.join('\n')))
  // The SOA is sent twice.
  ensure(again?.records.count === text.length - 1, `${text.join('\n')} reads otherwise`)
}

/** The zone; undefined when it is refused. */
async function load(text: Uint8Array): Promise<ZoneData | undefined> {
  let reads = 0
  try {
    const loaded = await loadZone({
      origin: ORIGIN,
      path: 'z',
      async read() {
        // What is included is the same again, and then nothing.
        if (reads++ < 3) return text
        throw new Error('no such file')
      },
      pause: async () => {},
    })
    return loaded === 'unchanged' ? undefined : loaded.data
  } catch (error) {
    if (!(error instanceof ZoneFault)) throw error
    const hasPlace = error.line > 0 && error.column > 0
    ensure(hasPlace || /no SOA/.test(error.reason), `'${error.message}' says no place`)
    return undefined
  }
}

function checkAnswers(replies: ZoneReplies, data: ZoneData): void {
  const host = { resolve: async () => Promise.reject(new Error('nobody waits for this')) }
  for (let node = 0; node < Math.min(data.names.count, 12); node++) {
    const name = data.names.name(node)
    const below = Name.join(new Name(Uint8Array.of(1, 0x71, 0)), name)
    for (const qname of below === undefined ? [name] : [name, below]) {
      for (const type of [1, 2, 5, 6, 15, 43, 47]) {
        const query = makeQuery('a.test', type, { edns: { do: true } }).with({ qname, qtype: type })
        const reply = answer(replies, query, host)
        if (reply === undefined) continue
        ensure(Message.parse(reply.toBytes()) !== undefined, `${query} gets no message`)
      }
    }
  }
}

function answer(
  replies: ZoneReplies,
  query: Parameters<ZoneReplies['reply']>[0],
  host: Parameters<ZoneReplies['reply']>[1],
): Message | undefined {
  try {
    const reply = replies.reply(query, host)
    if (reply instanceof Message) return reply
    reply.catch(() => {})
    return undefined
  } catch (error) {
    if (error instanceof DnsError) return undefined
    throw error
  }
}
