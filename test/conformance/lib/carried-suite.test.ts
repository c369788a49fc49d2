import { describe, expect, it } from 'vitest'
import { carrySuite, needsItsTransport } from './carried-suite.ts'
import type { Carrier } from './carrier.ts'
import { parseSuite, type Step, type Suite } from './suite.ts'

const reply = { rcode: 'NOERROR', flags: 'qr', size: 30 }
const ask = { q: 'a.test A', expect: reply }

describe('a suite over another transport', () => {
  it('has the queries as they are, and server blocks of the transport', () => {
    const suite = suiteOf([ask])
    const carried = carrySuite(suite, 'https')
    expect(carried.steps).toEqual(suite.steps)
    expect(carried.carrier).toBe('https')
    expect(carried.corefile).toMatch(/^https:\/\/\.:\{port\} \{\n {4}tls ".*server\.crt"/)
    expect(carrySuite(suite, 'tcp').corefile).toEqual(suite.corefile)
  })

  const cut = { ...ask, expect: { ...reply, flags: 'qr tc' } }
  const pipeline = { pipeline: [ask] }
  const raw = { raw: '00', expect: reply }
  it.each<[string, Carrier, object, string]>([
    ['a reply that was cut short', 'tls', cut, 'a reply that is cut short for UDP'],
    ['one of several such', 'tls', { together: [ask, cut] }, 'a reply that is cut short for UDP'],
    ['a datagram', 'tcp', raw, 'a datagram'],
    ['octets of a stream', 'https', { ...raw, tcp: true }, 'octets on a stream'],
    ['a pipeline', 'https', pipeline, 'several queries on a stream'],
    ['a query over TCP', 'udp', { ...ask, tcp: true }, 'asked over TCP'],
    ['a pipeline', 'udp', pipeline, 'asked over TCP'],
    [
      'a count of retries',
      'tls',
      { count: 'up', expect: { udp: 1, tcp: 1 } },
      'queries counted over both transports',
    ],
  ])('does not compare %s over %s', (_, carrier, step, reason) => {
    expect(firstStep(step, carrier)).toMatchObject({ kind: 'skipped', reason })
  })

  it.each<[string, Carrier, object]>([
    ['what was cut short over TCP', 'tls', { ...cut, tcp: true }],
    ['octets of a stream', 'tls', { ...raw, tcp: true }],
    ['a pipeline', 'tls', pipeline],
    ['a datagram', 'udp', raw],
  ])('compares %s over %s', (_, carrier, step) => {
    expect(firstStep(step, carrier)).toEqual(suiteOf([step]).steps[0])
  })

  it.each([
    [
      'the transport that whoami names',
      { ...ask, expect: { ...reply, additional: ['_udp.a. 0 IN SRV 0 0 CLIENTPORT .'] } },
      { expect: { additional: ['_tcp.a. 0 IN SRV 0 0 CLIENTPORT .'] } },
    ],
    [
      'the transport that upstreams report',
      { ...ask, expect: { ...reply, answer: ['a. 1 IN TXT "a. IN A udp flags=rd edns=none"'] } },
      { expect: { answer: ['a. 1 IN TXT "a. IN A tcp flags=rd edns=none"'] } },
    ],
    [
      'which transport is counted',
      { count: 'up', expect: { udp: 3, tcp: 0 } },
      { sum: true, expect: { total: 3 } },
    ],
    [
      'labels of metrics',
      { http: 'http://a', expect: { lines: ['n{proto="udp",server="dns://:{port}"} 1'] } },
      { expect: { lines: ['n{proto="tcp",server="tls://:{port}"} 1'] } },
    ],
  ])('adjusts %s', (_, step, adjusted) => {
    expect(firstStep(step, 'tls')).toMatchObject(adjusted)
  })

  it('rewrites Corefiles that are written on the way', () => {
    const step = firstStep({ write: { Corefile: 'a.test:{port} {\n}\n' } }, 'tls')
    expect(step).toMatchObject({ write: { Corefile: expect.stringMatching(/^tls:\/\/a\.test/) } })
  })

  const erratic = ['.:{port} {', ' erratic {', '  drop 2', ' }', '}']
  const byTransport = { up: { default: { udp: { rcode: 'SERVFAIL' } } } }
  it.each<[string, Suite]>([
    ['what *erratic* does to UDP', suiteOf([ask], { corefile: erratic })],
    ['the transport by which its upstream answers', suiteOf([ask], { upstreams: byTransport })],
    [
      'the transport that its Corefile names',
      suiteOf([ask], { corefile: '.:{port} {\n log {proto}\n}' }),
    ],
    ['a certificate of its own', suiteOf([ask], { corefile: '.:{port} {\n tls a b\n}' })],
    ['server blocks from other files', suiteOf([ask], { corefile: 'import a' })],
    ['its transport in every case', suiteOf([raw])],
  ])('is not made of one that needs %s', (need, suite) => {
    expect(needsItsTransport(suite, 'tls')).toBe(need)
    expect(needsItsTransport(suite, 'udp')).toBeUndefined()
  })
})

function firstStep(step: object, carrier: Carrier): Step | undefined {
  return carrySuite(suiteOf([step]), carrier).steps[0]
}

function suiteOf(steps: readonly object[], more: object = {}): Suite {
  const corefile = ['.:{port} {', '    whoami', '}']
  const suite = { description: 'a suite', corefile, mask: ['client-port'], steps, ...more }
  return parseSuite('group/name', JSON.stringify(suite))
}
