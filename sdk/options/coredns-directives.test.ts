import { describe, expect, it } from 'vitest'
import { args } from './args.ts'
import { others } from './block.ts'
import { custom } from './custom.ts'
import { directive } from './directive.ts'
import { faultsIn, optionsFrom } from './directive-text.ts'
import { flag, located, rest } from './item.ts'
import { describeOptions } from './parse-options.ts'
import { many, optional } from './presence.ts'
import { matches } from './word.ts'
import { addressWithPort } from './words/address.ts'
import { duration, durationBetween } from './words/duration.ts'
import { ipAddress } from './words/ip-address.ts'
import { rcode } from './words/mnemonic.ts'
import { integer } from './words/number.ts'
import { regexp } from './words/regexp.ts'
import { oneOf, path, text } from './words/text.ts'
import { zone, zones } from './words/zone.ts'

// Forms of CoreDNS's directives that are hard for a schema: if these fit, the others do.

const capacity = args(integer(1), optional(integer(1)), optional(integer(0)))
const cache = directive({
  args: custom(
    (tokens, report) => {
      const [first] = tokens
      const hasTtl = first !== undefined && matches(integer(), first.text)
      return {
        ttl: hasTtl ? report.read(integer(1), first) : undefined,
        zones: report.read(rest(zones), hasTtl ? tokens.slice(1) : tokens),
      }
    },
    { takes: '[TTL] [ZONE…]' },
  ),
  block: {
    success: capacity,
    denial: capacity,
    prefetch: args(integer(0), optional(duration, 60_000), optional(text, '10%')),
    serve_stale: custom(
      (tokens, report) => {
        const [first, second] = tokens
        if (first === undefined) return { forMs: 3_600_000, mode: 'immediate' as const }
        const forMs = report.read(durationBetween({ minMs: 1 }), first)
        const mode = second ? report.read(oneOf('immediate', 'verify'), second) : 'immediate'
        const times = args(optional(duration), optional(duration), optional(duration))
        return { forMs, mode, times: report.read(times, tokens.slice(2)) }
      },
      { takes: '[DURATION=1h] [immediate|verify …]' },
    ),
    servfail: optional(durationBetween({ maxMs: 300_000 }), 5000),
    disable: many(args(oneOf('success', 'denial'), rest(zones))),
    keepttl: flag,
  },
})

const forward = many(
  directive({
    args: args(zone, many(located(text), { max: 15 })),
    block: {
      except: many(zones),
      force_tcp: flag,
      prefer_udp: flag,
      expire: optional(durationBetween({ minMs: 1 }), 10_000),
      max_fails: optional(integer(0), 2),
      tls: rest(path, { max: 3 }),
      policy: optional(oneOf('random', 'round_robin', 'sequential'), 'random'),
      health_check: custom(
        (tokens, report) => {
          const [interval, ...words] = tokens
          if (!interval) throw report.error('a duration is missing', undefined)
          const intervalMs = report.read(duration, interval)
          let recursion = true
          let domain = '.'
          for (let index = 0; index < words.length; index++) {
            const word = report.read(oneOf('no_rec', 'domain'), words[index]!)
            if (word === 'no_rec') recursion = false
            else domain = report.read(args(zone), words.slice(++index, index + 1))[0]
          }
          return { intervalMs, recursion, domain }
        },
        { takes: 'DURATION [no_rec] [domain FQDN]' },
      ),
      next: many(rcode),
      max_concurrent: optional(integer(0), 0),
      resolver: many(addressWithPort(53)),
    },
    check({ block }, report) {
      if (block.force_tcp && block.prefer_udp) {
        report('force_tcp and prefer_udp exclude each other', { option: 'prefer_udp' })
      }
    },
  }),
)

const hosts = directive({
  args: args(optional(located(path)), rest(zones)),
  block: {
    ttl: optional(integer(1, 65535), 3600),
    no_reverse: flag,
    reload: optional(duration, 5000),
    fallthrough: rest(zones),
  },
  others: others(args(ipAddress, many(zone)), { before: ['fallthrough'] }),
})

const levels = oneOf('warning', 'error', 'info', 'debug')
const errors = directive({
  args: args(optional(oneOf('stdout'))),
  block: {
    stacktrace: flag,
    consolidate: many(
      args(duration, regexp, optional(levels, 'error'), optional(oneOf('show_first'))),
    ),
  },
})

const log = many(
  directive({
    args: custom(
      (tokens, report) => {
        const last = tokens.at(-1)
        const hasFormat = tokens.length > 1 && last?.text.includes('{') === true
        const names = hasFormat ? tokens.slice(0, -1) : tokens
        return { names: report.read(rest(zones), names), format: hasFormat ? last.text : undefined }
      },
      { takes: '[NAME…] [FORMAT]' },
    ),
    block: { class: many(oneOf('success', 'denial', 'error', 'all')) },
  }),
)

describe('cache', () => {
  it.each([
    ['cache', { ttl: undefined, zones: [] }, {}],
    ['cache 30 cluster.local', { ttl: 30, zones: ['cluster.local.'] }, {}],
    [
      'cache {\n success 9984 30\n denial 9984 5\n}',
      { ttl: undefined, zones: [] },
      { success: [9984, 30, undefined], denial: [9984, 5, undefined] },
    ],
    [
      'cache 30 {\n disable success cluster.local\n disable denial cluster.local\n}',
      { ttl: 30, zones: [] },
      {
        disable: [
          ['success', ['cluster.local.']],
          ['denial', ['cluster.local.']],
        ],
      },
    ],
    [
      'cache {\n prefetch 10 1m 20%\n serve_stale 1h verify 100ms\n servfail 0\n keepttl\n}',
      { ttl: undefined, zones: [] },
      {
        prefetch: [10, 60_000, '20%'],
        serve_stale: { forMs: 3_600_000, mode: 'verify', times: [100, undefined, undefined] },
        servfail: 0,
        keepttl: true,
      },
    ],
  ])('reads "%s"', (words, own, block) => {
    const options = optionsFrom(cache, words)
    expect(options.args).toEqual(own)
    expect(options.block).toMatchObject(block)
  })

  it('gives everything that is wrong at once', () => {
    expect(
      faultsIn(
        cache,
        'cache 0 {\n sucess 5\n servfail 6m\n serve_stale 1h fast\n denial a b c d\n}',
      ),
    ).toEqual([
      '1:7 bad-value cache: expected a whole number of at least 1, got "0" (for example: 30)',
      '2:2 unknown-option cache has no option "sucess" (did you mean "success"?)',
      '3:11 bad-value servfail: expected a duration of at most 5m, got "6m" (for example: 30s)',
      '4:17 bad-value serve_stale: expected immediate or verify, got "fast"',
      '5:15 wrong-arguments denial takes 1 to 3 arguments: a whole number of at least 1, optionally a whole number of at least 1, optionally a whole number of at least 0',
      '5:9 bad-value denial: expected a whole number of at least 1, got "a" (for example: 30)',
      '5:11 bad-value denial: expected a whole number of at least 1, got "b" (for example: 30)',
      '5:13 bad-value denial: expected a whole number of at least 0, got "c" (for example: 30)',
    ])
  })
})

describe('forward', () => {
  it('reads several occurrences', () => {
    const words = `forward cluster.local 10.96.0.10 {
      force_tcp
      health_check 1s no_rec domain Example.org
      next NXDOMAIN servfail
    }
    forward . /etc/resolv.conf tls://9.9.9.9 {
      max_concurrent 1000
      except 10.0.0.0/9 a.org
      except b.org
      tls cert key
      resolver 9.9.9.9 [::1]:5353
    }`
    const [first, second] = optionsFrom(forward, words)
    expect(first!.args[0]).toBe('cluster.local.')
    expect(first!.block.health_check).toEqual({
      intervalMs: 1000,
      recursion: false,
      domain: 'example.org.',
    })
    expect(first!.block.next).toEqual([3, 2])
    expect(second!.args[1].map(({ value, at }) => [value, at.column])).toEqual([
      ['/etc/resolv.conf', 15],
      ['tls://9.9.9.9', 32],
    ])
    expect(second!.block.except).toHaveLength(130)
    expect(second!.block.tls).toEqual(['cert', 'key'])
    expect(second!.block.resolver).toEqual([
      { host: '9.9.9.9', port: 53 },
      { host: '::1', port: 5353 },
    ])
  })

  it.each([
    [
      'forward .',
      [
        '1:1 wrong-arguments forward takes 2 to 16 arguments: a zone, one or more words, each a word',
      ],
    ],
    [
      'forward . a {\n force_tcp\n prefer_udp\n}',
      ['3:2 bad-value forward: force_tcp and prefer_udp exclude each other'],
    ],
    [
      'forward . a {\n health_check 1s domain\n}',
      ['2:2 wrong-arguments health_check takes one argument: a zone'],
    ],
    [
      'forward . a {\n next NXDOMIAN\n}',
      ['2:7 bad-value next: expected a response code, got "NXDOMIAN" (did you mean "NXDOMAIN"?)'],
    ],
  ])('refuses "%s"', (words, faults) => {
    expect(faultsIn(forward, words)).toEqual(faults)
  })
})

describe('hosts', () => {
  it('reads a file, zones, inline lines and options', () => {
    const words = `hosts /etc/coredns/hosts example.org {
      10.0.0.1 example.org www.example.org
      fe80::1%eth0 *.wild.example.org
      ttl 60
      fallthrough
    }`
    const options = optionsFrom(hosts, words)
    expect(options.args[0]?.value).toBe('/etc/coredns/hosts')
    expect(options.args[0]?.at.column).toBe(7)
    expect(options.args[1]).toEqual(['example.org.'])
    expect(options.others.map(([ip, names]) => [ip.text, ip.zoneId, names])).toEqual([
      ['10.0.0.1', undefined, ['example.org.', 'www.example.org.']],
      ['fe80::1', 'eth0', ['*.wild.example.org.']],
    ])
    expect(options.block).toEqual({ ttl: 60, no_reverse: false, reload: 5000, fallthrough: [] })
  })
})

describe('errors and log', () => {
  it('read their forms', () => {
    const { block } = optionsFrom(
      errors,
      'errors stdout {\n consolidate 5m ".* i/o timeout$" warning show_first\n consolidate 30s "^Failed to .+"\n}',
    )
    expect(
      block.consolidate.map(([ms, { source }, level, mode]) => [ms, source, level, mode]),
    ).toEqual([
      [300_000, '.* i/o timeout$', 'warning', 'show_first'],
      [30_000, '^Failed to .+', 'error', undefined],
    ])
    expect(optionsFrom(log, 'log\nlog a.org {common}\nlog . { class denial error }')).toEqual([
      { args: { names: [], format: undefined }, block: { class: [] } },
      { args: { names: ['a.org.'], format: '{common}' }, block: { class: [] } },
      { args: { names: ['.'], format: undefined }, block: { class: ['denial', 'error'] } },
    ])
  })
})

describe('describeOptions', () => {
  it('gives what an options table needs', () => {
    expect(describeOptions(hosts)).toEqual({
      takes: '[PATH] [ZONE…]',
      repeatable: false,
      options: [
        { keyword: 'ttl', takes: 'INTEGER', default: '3600', repeatable: false, required: false },
        { keyword: 'no_reverse', takes: '', repeatable: false, required: false },
        { keyword: 'reload', takes: 'DURATION', default: '5s', repeatable: false, required: false },
        { keyword: 'fallthrough', takes: '[ZONE…]', repeatable: false, required: false },
      ],
      others: 'IP ZONE…',
    })
    expect(describeOptions(forward).repeatable).toBe(true)
    expect(describeOptions(cache)).toMatchObject({ takes: '[TTL] [ZONE…]' })
    const takes = Object.fromEntries(
      [...describeOptions(cache).options, ...describeOptions(forward).options].map((option) => [
        option.keyword,
        option.takes,
      ]),
    )
    expect(takes).toMatchObject({
      success: 'INTEGER [INTEGER] [INTEGER]',
      prefetch: 'INTEGER [DURATION=1m] [TEXT=10%]',
      disable: 'success|denial [ZONE…]',
      policy: 'random|round_robin|sequential',
      except: 'ZONE…',
      resolver: 'ADDRESS[:PORT]…',
    })
  })
})
