/**
 * Makes of a recorded suite one whose queries all go over UDP, TCP, TLS or HTTPS. What the recording
 * says then still holds, save where the transport changes an answer by rule; cases that are about
 * a transport itself aren't compared. RFC 1035 4.2, RFC 7766, RFC 7858, RFC 8484.
 */

import { type Carrier, isEncrypted } from './carrier.ts'
import { encryptCorefile } from './encrypted-corefile.ts'
import { testCertificate } from './locations.ts'
import { directivesOf } from './selection.ts'
import type { Ask, Count, Http, Lines, Reply, Skipped, Step, Suite } from './suite.ts'

/** What a suite needs that another transport hasn't got, as words that follow "needs". */
export function needsItsTransport(suite: Suite, carrier: Carrier): string | undefined {
  const obstacle = carrier === 'udp' ? undefined : streamObstacle(suite, carrier)
  if (obstacle !== undefined) return obstacle
  const isCompared = ({ kind }: Step) => ['ask', 'together', 'spread', 'pipeline'].includes(kind)
  const carried = suite.steps.map((step) => carryStep(step, suite, carrier))
  return carried.some(isCompared) ? undefined : 'its transport in every case'
}

/**
 * The suite over another transport, if `needsItsTransport` knows of nothing against it. Over UDP
 * all goes as recorded, and only what was asked over UDP is compared.
 */
export function carrySuite(suite: Suite, carrier: Carrier): Suite {
  const steps = suite.steps.map((step) => carryStep(step, suite, carrier))
  if (carrier === 'udp') return { ...suite, steps }
  return { ...suite, carrier, corefile: carryCorefile(suite.corefile, carrier), steps }
}

function streamObstacle(suite: Suite, carrier: Carrier): string | undefined {
  const { corefile, files, upstreams, steps } = suite
  const configuration = JSON.stringify([corefile, files])
  const directives = directivesOf(suite)
  if (directives.has('erratic') && /\b(drop|truncate)\b/.test(configuration)) {
    return 'what *erratic* does to UDP'
  }
  if (/\bproto(col)?\b/.test(configuration)) return 'the transport that its Corefile names'
  if (/"(udp|tcp)":\{/.test(JSON.stringify([upstreams, steps]))) {
    return 'the transport by which its upstream answers'
  }
  if (!isEncrypted(carrier)) return undefined
  if (directives.has('tls')) return 'a certificate of its own'
  for (const text of corefilesOf(suite)) {
    const encrypted = encryptCorefile(text, carrier, testCertificate)
    if ('obstacle' in encrypted) return encrypted.obstacle
  }
  return undefined
}

function corefilesOf({ corefile, steps }: Suite): Lines[] {
  return [corefile, ...steps.flatMap((step) => (isNewCorefile(step) ? [step.write.Corefile] : []))]
}

type NewCorefile = Step & { readonly write: { readonly Corefile: Lines } }

function isNewCorefile(step: Step): step is NewCorefile {
  return step.kind === 'write' && 'Corefile' in step.write
}

function carryCorefile(corefile: Lines, carrier: Carrier): Lines {
  if (!isEncrypted(carrier)) return corefile
  const encrypted = encryptCorefile(corefile, carrier, testCertificate)
  if ('obstacle' in encrypted) throw new Error(`can't be rewritten: needs ${encrypted.obstacle}`)
  return encrypted.corefile
}

function carryStep(step: Step, suite: Suite, carrier: Carrier): Step {
  if (carrier === 'udp') return keepDatagrams(step)
  switch (step.kind) {
    case 'ask':
      return carryAsk(step, suite, carrier)
    case 'together': {
      const asks = step.together.map((ask) => carryAsk(ask, suite, carrier))
      const skipped = asks.find((ask) => ask.kind === 'skipped')
      if (skipped !== undefined) return skip(step, skipped.reason, skipped.isPerformed)
      return { ...step, together: asks as Ask[] }
    }
    case 'pipeline':
      return carrier === 'https' ? skip(step, 'several queries on a stream', false) : step
    case 'count':
      return carryCount(step)
    case 'http':
      return carryHttp(step, carrier)
    case 'write':
      if (!isNewCorefile(step)) return step
      return {
        ...step,
        write: { ...step.write, Corefile: carryCorefile(step.write.Corefile, carrier) },
      }
    default:
      return step
  }
}

function keepDatagrams(step: Step): Step {
  const asks = step.kind === 'together' ? step.together : [step]
  const isStream = asks.some((ask) => ask.kind === 'pipeline' || (ask.kind === 'ask' && ask.tcp))
  return isStream && step.kind !== 'skipped' ? skip(step, 'asked over TCP', true) : step
}

function carryAsk(ask: Ask, { mask }: Suite, carrier: Carrier): Ask | Skipped {
  const isStream = ask.tcp === true
  if (ask.raw !== undefined && !isStream) return skip(ask, 'a datagram', false)
  if (carrier === 'https' && (ask.raw !== undefined || ask.split)) {
    return skip(ask, 'octets on a stream', false)
  }
  if (!isStream && 'flags' in ask.expect && ask.expect.flags.split(' ').includes('tc')) {
    return skip(ask, 'a reply that is cut short for UDP', true)
  }
  return { ...ask, expect: nameStream(ask.expect, mask.includes('client-port')) }
}

/**
 * Names the transport that follows from the query's, in the same number of octets: *whoami* in the
 * owner of its SRV record, scripted upstreams in what they report of queries.
 */
function nameStream(reply: Reply, isWhoami: boolean): Reply {
  if ('silence' in reply) return reply
  const { answer, additional } = reply
  return {
    ...reply,
    ...(answer && {
      answer: answer.map((record) => record.replace(/ udp( flags=\S* edns=)/, ' tcp$1')),
    }),
    ...(additional && {
      additional: additional.map((record) =>
        isWhoami && record.includes(' SRV 0 0 ') ? record.replace(/^_udp\./, '_tcp.') : record,
      ),
    }),
  }
}

/** The upstream's transport follows the client's, but not how often it is asked. */
function carryCount(count: Count): Count | Skipped {
  const { udp = 0, tcp = 0, total } = count.expect
  if (total !== undefined) return count
  if (udp > 0 && tcp > 0) return skip(count, 'queries counted over both transports', true)
  return { ...count, sum: true, expect: { total: udp + tcp } }
}

/** Metrics name the transport, and the server by its scheme. */
function carryHttp(step: Http, carrier: Carrier): Http | Skipped {
  const text = JSON.stringify(step.expect)
  const label = (name: string) => String.raw`proto=\"${name}\"`
  if (text.includes(label('udp')) && text.includes(label('tcp'))) {
    return skip(step, 'metrics of both transports', true)
  }
  const scheme = isEncrypted(carrier) ? carrier : 'dns'
  const carried = text
    .replaceAll(/proto=\\"(udp|tcp)\\"/g, label('tcp'))
    .replaceAll('dns://', `${scheme}://`)
  return { ...step, expect: JSON.parse(carried) }
}

function skip(skipped: Skipped['skipped'], reason: string, isPerformed: boolean): Skipped {
  return { kind: 'skipped', skipped, reason, isPerformed }
}
