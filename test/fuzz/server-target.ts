/** Octets of clients, through a whole server with most of its plugins. */

import {
  compose,
  composeQuery,
  type EdnsOptionData,
  Flag,
  HEADER_SIZE,
  makeA,
  makeCname,
  makeSoa,
  Name,
  parseQuery,
  Query,
  type Random,
  type Rr,
} from '@fingerpost/sdk'
import { fakeListener, seededRandom } from '@fingerpost/sdk/testing'
import {
  ARBITRARY_TYPES,
  arbitraryName,
  arbitraryOctets,
  arbitraryRr,
} from '../../sdk/record/arbitrary.ts'
import { mutate, pick } from './mutate.ts'
import { checkReply } from './reply-check.ts'
import { ensure, type Target } from './target.ts'
import { startWorld } from './world.ts'

const COREFILE = `
. {
    errors
    log . "{remote} {name} {type} {class} {size} {rcode} {rflags} {>rd} {>do} {>bufsize} {rsize}"
    any
    loadbalance
    cache 30 {
        prefetch 1 1m 50%
        serve_stale 1h immediate
    }
    minimal
    template IN TXT t.example {
        match "^(?P<first>[^.]*)[.](.*)$"
        answer "{{ .Name }} 60 IN TXT \\"{{ .Group.first }}\\""
        fallthrough
    }
    hosts {
        192.0.2.1 www.example.org a.b.example.org
        2001:db8::1 www.example.org
        fallthrough
    }
    forward . 192.0.2.53
}
example.net {
    bufsize 700
    whoami
}
example.com {
    loadbalance
    minimal
    forward . 192.0.2.53
}
template.example {
    template ANY ANY {
        rcode NXDOMAIN
        authority "{{ .Zone }} 60 IN SOA ns.{{ .Zone }} host.{{ .Zone }} (1 60 60 60 60)"
    }
}
empty.example {
}
`

const NAMES = (
  'www.example.org. WWW.Example.ORG. a.b.example.org. x.t.example. y.z.t.example. a.example.net. ' +
  'www.example.com. many.example.com. alias.example.com. n.template.example. a.empty.example. . ' +
  '1.2.0.192.in-addr.arpa. version.bind. localhost.'
)
  .split(' ')
  .map((name) => Name.parseText(name))

const STREAM = 1

/** An octet that tells the transport (1 for a stream), then the octets of a client. */
export const serverTarget: Target = {
  name: 'server',
  input: 'transport (00 or 01) and a query',
  share: 300,
  async prepare(random) {
    const world = await startWorld(COREFILE, seededRandom(1))
    world.network.answer = answerOf
    let asked = 0
    return {
      next() {
        const wire = nextQuery(random)
        const octets = random.below(3) === 0 ? wire : mutate(random, wire)
        return Uint8Array.of(random.below(8) === 0 ? STREAM : 0, ...octets)
      },
      check(input) {
        const isStream = input[0] === STREAM
        const wire = input.slice(1)
        const settle = (reply: Uint8Array | undefined): void => {
          checkReply(wire, reply, isStream, true)
          const [fault] = world.takeFaults()
          ensure(fault === undefined, fault ?? '')
        }
        // Entries expire, and stale ones are used.
        if (asked++ % 256 === 255) {
          return world.clock.advance(20_000).then(() => check(world.ask(wire, isStream), settle))
        }
        return check(world.ask(wire, isStream), settle)
      },
      end: () => world.end(),
    }
  },
}

function check<T>(reply: T | Promise<T>, settle: (reply: T) => void): void | Promise<void> {
  return reply instanceof Promise ? reply.then(settle) : settle(reply)
}

function nextQuery(random: Random): Uint8Array {
  const options = (): EdnsOptionData[] =>
    Array.from({ length: random.below(3) }, () => ({
      code: random.below(20),
      data: arbitraryOctets(random, 0, 20),
    }))
  const edns = {
    udpSize: pick(random, [0, 100, 512, 1232, 4096, 65_535]),
    version: random.below(10) === 0 ? 1 : 0,
    flags: pick(random, [0, 0x8000]),
    options: options(),
  }
  return composeQuery({
    id: random.uint16(),
    flags: pick(random, [Flag.RD, 0, Flag.RD | Flag.CD | Flag.AD, random.uint16() & 0x87ff]),
    qname: random.below(4) === 0 ? arbitraryName(random) : pick(random, NAMES),
    qtype: pick(random, [1, 28, 16, 255, 6, 12, 33, 65, 252, random.below(256)]),
    qclass: random.below(12) === 0 ? pick(random, [3, 255, 254, 0]) : 1,
    edns: random.below(3) === 0 ? undefined : edns,
    exchange: { listener: fakeListener(), clientAddress: '', clientPort: 0 },
    depth: 0,
  }).wire
}

/** Sound replies of all shapes; the same to the same question. */
function answerOf(wire: Uint8Array, isStream: boolean): Uint8Array | undefined {
  const query = parseQuery(wire, { listener: fakeListener(), clientAddress: '', clientPort: 0 })
  if (!(query instanceof Query)) throw new Error('an upstream was asked what is no query')
  const random = seededRandom(query.qnameHash + query.qtype)
  const kind = random.below(12)
  if (kind === 0) return undefined
  const rcode = kind === 1 ? random.below(16) : kind < 4 ? 3 : 0
  const flags =
    Flag.QR | (query.flags & 0x7910) | pick(random, [0, Flag.AA, Flag.RA, Flag.AA | Flag.RA])
  const isTruncated = kind === 4 && !isStream
  return compose({
    id: query.id,
    flags: flags | rcode | (isTruncated ? Flag.TC : 0),
    question: query.wire.subarray(HEADER_SIZE, query.questionEnd),
    answer: rcode === 0 ? answersOf(query, random) : [],
    authority: kind < 6 ? [soaOf(query)] : [],
    additional: Array.from({ length: random.below(4) }, () =>
      makeA(arbitraryName(random), 9, '192.0.2.9'),
    ),
  }).wire
}

function answersOf({ qname }: Query, random: Random): Rr[] {
  const target = arbitraryName(random, 'hostname')
  const addresses = Array.from({ length: random.below(random.below(6) === 0 ? 80 : 5) }, (_, i) =>
    makeA(target, random.below(600), Uint8Array.of(192, 0, 2, i)),
  )
  const others = Array.from({ length: random.below(4) }, () =>
    arbitraryRr(random, pick(random, ARBITRARY_TYPES)),
  )
  return [makeCname(qname, random.below(100), target), ...addresses, ...others]
}

function soaOf({ qname }: Query): Rr {
  return makeSoa(qname.ancestor(), 60, {
    mname: qname,
    rname: qname,
    serial: 1,
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 1,
    minimumSeconds: 30,
  })
}
