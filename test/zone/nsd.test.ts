import { formatRcode, formatRr, Message, Name, type Query, Rcode, type Rr } from '@fingerpost/sdk'
import { makeQuery, seededRandom } from '@fingerpost/sdk/testing'
import { loadZone, ZoneReplies } from '@fingerpost/sdk/zone'
import { afterAll, describe, expect, it } from 'vitest'
import { differences, type Pair, type Shape } from './differences.ts'
import { makeZone, ORIGIN } from './made-zone.ts'
import { NsdServer, nsdMissing, signZone } from './nsd-server.ts'
import { makeQuestions, type Question } from './questions.ts'

const QUESTIONS_PER_ZONE = 1250
const OWNERS = 120
const zones = [3, 4].flatMap((seed) => [
  { seed, isSigned: false },
  { seed, isSigned: true },
])
const missing = nsdMissing()
const used = new Set<string>()

describe.skipIf(missing !== '')(`zones answer as NSD does ${missing}`, () => {
  it.each(zones)(
    'to questions of all kinds: %j',
    async ({ seed, isSigned }) => {
      const random = seededRandom(seed)
      const made = makeZone(random, OWNERS)
      const text = isSigned ? signZone(made.text, ORIGIN) : made.text
      const ours = await openZone(text)
      const nsd = await NsdServer.start(text, ORIGIN)
      try {
        const questions = makeQuestions(random, made, QUESTIONS_PER_ZONE)
        const unexplained: object[] = []
        for (const [i, question] of questions.entries()) {
          const query = queryOf(question, i)
          const theirs = Message.parse(await nsd.ask(query.wire))
          if (theirs === undefined) throw new Error('nsd sends no message')
          const pair = explained({ ours: shapeOf(await ours(query)), theirs: shapeOf(theirs) })
          if (!isEqual(pair)) unexplained.push({ question, ...pair })
        }
        expect(unexplained.slice(0, 3)).toEqual([])
      } finally {
        await nsd.stop()
      }
    },
    60_000,
  )

  afterAll(() => {
    // A rule that explains nothing hides what it might hide some day.
    const reasons = differences.map(({ reason }) => reason)
    expect([...used].sort()).toEqual([...reasons].sort())
  })
})

/** Makes what answers queries about a zone; names elsewhere are refused. */
async function openZone(text: string): Promise<(query: Query) => Promise<Message>> {
  const origin = Name.parseText(ORIGIN)
  const loaded = await loadZone({
    origin,
    path: 'zone',
    read: async () => new TextEncoder().encode(text),
    pause: async () => {},
  })
  if (loaded === 'unchanged') throw new Error('nothing was known before')
  const replies = new ZoneReplies(loaded.data)
  const host = {
    async resolve(query: Query): Promise<Message> {
      if (!query.qname.isSubdomainOf(origin)) return query.reply({ rcode: Rcode.REFUSED })
      return replies.reply(query.with({ depth: query.depth + 1 }), host)
    },
  }
  return async (query) => replies.reply(query, host)
}

function queryOf({ name, type, isDnssecOk }: Question, i: number): Query {
  return makeQuery(name, type, { edns: { size: 4096, do: isDnssecOk }, id: i + 1 })
}

/** The pair without the differences that are known. */
function explained(pair: Pair): Pair {
  for (const { reason, without } of differences) {
    if (isEqual(pair)) break
    const next = without(pair)
    if (JSON.stringify(next) !== JSON.stringify(pair)) used.add(reason)
    pair = next
  }
  return pair
}

function isEqual({ ours, theirs }: Pair): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs)
}

/** What of a response is compared: NSD repeats the question's case in all names. */
function shapeOf(message: Message): Shape {
  return {
    rcode: formatRcode(message.rcode),
    isAuthoritative: message.isAuthoritative,
    answer: textsOf(message.answer),
    authority: textsOf(message.authority),
    additional: textsOf(message.additional),
  }
}

function textsOf(rrs: readonly Rr[]): string[] {
  const texts = rrs.map((rr) => {
    const [owner = '', ttl, rrClass, type, ...rdata] = formatRr(rr).split(/\s/)
    const isSigned = type === 'RRSIG'
    const values = isSigned ? rdata : rdata.map((word) => word.toLowerCase())
    return [owner.toLowerCase(), ttl, rrClass, type, ...values].join(' ')
  })
  // NSD leaves out what is there twice, as it must; the chain of a loop has its records again.
  return [...new Set(texts)].sort()
}
