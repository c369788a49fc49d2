/** Octets of upstreams, which may be broken or hostile, on their way through *forward* and *cache*. */

import {
  compose,
  composeOpt,
  composeQuery,
  Flag,
  HEADER_SIZE,
  HeaderOffset,
  makeCname,
  makeSoa,
  Name,
  type Random,
  readUint16,
  writeUint16,
} from '@fingerpost/sdk'
import { fakeListener, seededRandom } from '@fingerpost/sdk/testing'
import { ARBITRARY_TYPES, arbitraryName, arbitraryRr } from '../../sdk/record/arbitrary.ts'
import { mutate, pick } from './mutate.ts'
import { checkReply } from './reply-check.ts'
import { ensure, type Target } from './target.ts'
import { startWorld } from './world.ts'

const COREFILE = `
. {
    errors
    loadbalance
    cache 30 {
        prefetch 1
        serve_stale
    }
    minimal
    forward . 192.0.2.53 192.0.2.54
}
plain.example {
    forward . 192.0.2.53
}
tcp.example {
    loadbalance
    forward . 192.0.2.53 {
        force_tcp
    }
}
`
const ZONES = ['example.org', 'plain.example', 'tcp.example', 'Example.ORG']
const STREAM = 1
const EDNS = 2
const FORGED_ID = 4

/**
 * An octet of flags (1 stream, 2 EDNS, 4 the id is left as it is, from 8 on the zone), then the
 * octets of the upstream. The question of the query is `www` in that zone, type A.
 */
export const upstreamTarget: Target = {
  name: 'upstream',
  input: 'flags and a reply',
  share: 150,
  async prepare(random) {
    const world = await startWorld(COREFILE, seededRandom(1))
    let tried = 0
    return {
      next: () => nextReply(random),
      async check(input) {
        const flags = input[0] ?? 0
        const reply = input.slice(1)
        const isStream = (flags & STREAM) !== 0
        world.network.answer = (asked) => {
          // Questions of health checks are answered well, so that upstreams are used again.
          if (readUint16(asked, HeaderOffset.QDCOUNT) === 1 && asked[HEADER_SIZE] === 0) {
            const alive = asked.slice(0, 17)
            alive.set([0x80 | (asked[2] as number), 0, 0, 1, 0, 0, 0, 0, 0, 0], 2)
            return alive
          }
          const octets = reply.slice()
          if ((flags & FORGED_ID) === 0) octets.set(asked.subarray(0, Math.min(2, octets.length)))
          return octets
        }
        // Whatever was stored before has expired for good.
        if (tried++ > 0) await world.clock.advance(tried % 64 === 0 ? 4_000_000 : 40_000)
        const wire = questionOf(flags).wire
        checkReply(wire, await world.ask(wire, isStream), isStream, false)
        const [fault] = world.takeFaults()
        ensure(fault === undefined, fault ?? '')
        // A second client may get it from the cache.
        const again = questionOf(flags ^ EDNS).wire
        checkReply(again, await world.ask(again, isStream), isStream, false)
      },
      end: () => world.end(),
    }
  },
}

function questionOf(flags: number): ReturnType<typeof composeQuery> {
  return composeQuery({
    id: 0x4711,
    flags: Flag.RD,
    qname: Name.parseText(`www.${ZONES[(flags >> 3) % ZONES.length]}`),
    qtype: 1,
    qclass: 1,
    edns: (flags & EDNS) === 0 ? undefined : { udpSize: 1232, flags: 0, options: [] },
    exchange: { listener: fakeListener(), clientAddress: '', clientPort: 0 },
    depth: 0,
  })
}

function nextReply(random: Random): Uint8Array {
  const zone = random.below(ZONES.length)
  const isForged = random.below(30) === 0
  const flags = (zone << 3) | random.below(4) | (isForged ? FORGED_ID : 0)
  const query = questionOf(flags)
  const rrs = (max: number) =>
    Array.from({ length: random.below(max + 1) }, () =>
      arbitraryRr(random, pick(random, ARBITRARY_TYPES)),
    )
  const soa = makeSoa(query.qname.ancestor(), 60, {
    mname: query.qname,
    rname: query.qname,
    serial: 1,
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 1,
    minimumSeconds: 30,
  })
  const { wire } = compose(
    {
      id: 0,
      flags: Flag.QR | Flag.RD | Flag.RA | (random.below(4) === 0 ? 3 : 0),
      question: query.wire.subarray(HEADER_SIZE, query.questionEnd),
      answer:
        random.below(3) === 0
          ? []
          : [makeCname(query.qname, random.below(90), arbitraryName(random)), ...rrs(4)],
      authority: random.below(2) === 0 ? [soa] : rrs(2),
      additional: rrs(2),
    },
    11,
  )
  if (random.below(2) === 0) {
    const opt = { udpSize: 1232, extendedRcode: 0, version: 0, flags: 0, options: [] }
    composeOpt(wire, wire.length - 11, opt)
    writeUint16(wire, HeaderOffset.ARCOUNT, readUint16(wire, HeaderOffset.ARCOUNT) + 1)
  }
  return Uint8Array.of(flags, ...(random.below(8) === 0 ? wire : mutate(random, wire)))
}
