/** Whole messages: composed, parsed and composed again (RFC 1035 4.1). */

import {
  compose,
  HEADER_SIZE,
  Message,
  type MessageParts,
  makeTxt,
  type Random,
  type Rr,
} from '@fingerpost/sdk'
import { seededRandom } from '@fingerpost/sdk/testing'
import { decode } from '@leichtgewicht/dns-packet'
import { ARBITRARY_TYPES, arbitraryName, arbitraryRr } from '../../sdk/record/arbitrary.ts'
import { mutate, pick } from './mutate.ts'
import { ensure, sameOctets, type Target } from './target.ts'

const GENERATED = 0
const GIVEN = 1

/** An octet that says what follows: four octets of a seed to make a message of, or a message. */
export const messageTarget: Target = {
  name: 'messages',
  input: '00 and the seed of a message, or 01 and a message',
  share: 150,
  prepare: (random) => ({
    next() {
      const seed = Uint8Array.from({ length: 5 }, (_, i) =>
        i === 0 ? GENERATED : random.below(256),
      )
      if (random.below(3) === 0) return seed
      const wire = compose(makeParts(seededRandom(seedOf(seed)))).wire
      return Uint8Array.of(GIVEN, ...mutate(random, wire))
    },
    check(input) {
      if (input[0] === GENERATED) checkGenerated(seedOf(input))
      else checkGiven(input.slice(1))
    },
  }),
}

function seedOf(input: Uint8Array): number {
  return input.subarray(1, 5).reduce((seed, octet) => seed * 256 + octet, 0)
}

/** A message with a few records of any types; some names are plain enough for other decoders. */
export function makeParts(random: Random): MessageParts {
  const kind = random.below(2) === 0 ? 'hostname' : 'any'
  const { wire } = arbitraryName(random, kind)
  const question = new Uint8Array(random.below(20) === 0 ? 0 : wire.length + 4)
  if (question.length > 0) {
    question.set(wire)
    question.set([0, pick(random, ARBITRARY_TYPES) & 0xff, 0, 1], wire.length)
  }
  const rrs = (max: number): Rr[] =>
    Array.from({ length: random.below(max + 1) }, () =>
      arbitraryRr(random, pick(random, ARBITRARY_TYPES), kind),
    )
  const answer = rrs(6)
  // Now and then more than fits into one message, or than pointers reach.
  if (random.below(500) === 0) {
    const text = 'x'.repeat(4000)
    for (let i = 0; i < 20; i++) answer.push(makeTxt(arbitraryName(random, kind), i, text))
  }
  const flags = random.uint16()
  return { id: random.uint16(), flags, question, answer, authority: rrs(2), additional: rrs(3) }
}

function checkGenerated(seed: number): void {
  const parts = makeParts(seededRandom(seed))
  const { wire, isCut } = compose(parts)
  ensure(wire.length <= 0xffff, 'the message is too long')
  const message = Message.parse(wire.slice())
  ensure(message !== undefined, 'what was composed cannot be read')
  ensure(message.size === wire.length, 'octets are left over')
  ensure(message.id === parts.id && message.flags === parts.flags, 'the header differs')
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const wanted = parts[section] ?? []
    const got = message.rrs(section)
    ensure(isCut || got.length === wanted.length, `${section} has another number of records`)
    for (const [i, rr] of got.entries()) ensureSame(rr, wanted[i], `${section} ${i}`)
  }
  ensure(sameOctets(recompose(message), wire), 'composed again it differs')
  if (seed % 4 === 0) checkIndependently(message, wire)
}

/** Octets of a stranger: whatever can be read of them survives another round. */
function checkGiven(wire: Uint8Array): void {
  const message = Message.parse(wire)
  if (message === undefined) return
  ensure(message.size <= wire.length, 'the message is longer than its octets')
  void [message.qname.toString(), message.qtype, message.qclass, message.rcode, message.edns]
  let walked = 0
  message.forEachRr(() => walked++)
  const counted = message.answerCount + message.authorityCount + message.additionalCount
  ensure(walked <= counted, 'more records are visited than there are')
  if (message.questionCount > 1) return
  const again = Message.parse(recompose(message))
  ensure(again !== undefined, 'what was composed cannot be read')
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const wanted = message.rrs(section)
    const got = again.rrs(section)
    ensure(got.length === wanted.length, `${section} loses records`)
    for (const [i, rr] of got.entries()) ensureSame(rr, wanted[i], `${section} ${i}`)
  }
  message.withMaxTtl(1)
  ensure((message.minTtlSeconds ?? 0) <= 1, 'a TTL stays above the limit')
}

function recompose(message: Message): Uint8Array {
  const { id, flags, answer, authority, additional } = message
  const name = message.qname.wire
  const question = new Uint8Array(message.questionCount === 0 ? 0 : name.length + 4)
  if (question.length > 0) {
    question.set(name)
    question.set(message.wire.subarray(message.answerAt - 4, message.answerAt), name.length)
  }
  return compose({ id, flags, question, answer, authority, additional }).wire
}

function ensureSame(rr: Rr, wanted: Rr | undefined, where: string): void {
  ensure(wanted !== undefined, `${where}: too many`)
  ensure(sameOctets(rr.owner.wire, wanted.owner.wire), `${where}: the owner differs`)
  ensure(rr.type === wanted.type && rr.class === wanted.class, `${where}: type or class differs`)
  ensure(rr.ttlSeconds === wanted.ttlSeconds, `${where}: the TTL differs`)
  ensure(sameOctets(rr.rdata, wanted.rdata), `${where}: the RDATA differs`)
}

// What another decoder reads as we do: it has opinions of its own about the RDATA of the others.
const PLAIN_TYPES = new Set([1, 2, 5, 6, 12, 15, 16, 28, 33])

/** Holds the octets against a decoder that shares no code with ours. */
function checkIndependently(message: Message, wire: Uint8Array): void {
  const { answer } = message
  const isPlain = (rr: Rr): boolean =>
    PLAIN_TYPES.has(rr.type) && /^[\w.-]*$/.test(rr.owner.toString())
  const all = [...answer, ...message.authority, ...message.additional]
  if (!all.every(isPlain) || !/^[\w.-]*$/.test(message.qname.toString())) return
  const decoded = decode(wire)
  ensure(decoded.id === message.id, 'another decoder reads another id')
  ensure(decoded.answers?.length === answer.length, 'another decoder reads other answers')
  for (const [i, rr] of answer.entries()) {
    const name = rr.owner.toString().replace(/\.$/, '') || '.'
    const read = decoded.answers[i]?.name
    ensure((read || '.') === name, `another decoder reads ${read} for ${name}`)
  }
  ensure(wire.length >= HEADER_SIZE, 'the header is cut')
}
