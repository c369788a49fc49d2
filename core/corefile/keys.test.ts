import { describe, expect, it } from 'vitest'
import type { Key } from './keys.ts'
import { formatKey, parseKey, parseZones } from './keys.ts'
import { lex, sourceFile } from './lexer.ts'
import { Problems } from './problems.ts'

function parse(text: string): { keys: Key[]; problems: Problems } {
  const problems = new Problems()
  const token = lex(sourceFile('Corefile', text), text).words[0]!
  return { keys: parseKey(token, text, problems), problems }
}

describe('keys', () => {
  it.each([
    ['.', ['dns . undefined']],
    ['.:53', ['dns . 53']],
    ['.:0', ['dns . 0']],
    ['Example.ORG:1053', ['dns example.org. 1053']],
    ['example.org.', ['dns example.org. undefined']],
    ['tls://.', ['tls . undefined']],
    ['https://a.test:8443', ['https a.test. 8443']],
    ['https3://a.test', ['https3 a.test. undefined']],
    ['quic://a.test', ['quic a.test. undefined']],
    ['grpc://a.test', ['grpc a.test. undefined']],
    ['dns://a.test:5', ['dns a.test. 5']],
    ['DNS://.:53', ['dns dns://. 53']],
    ['ftp://.', ['dns ftp://. undefined']],
    ['a.test:dns', ['dns a.test:dns. undefined']],
    ['10.0.0.0/24:53', ['dns 0.0.10.in-addr.arpa. 53']],
    ['10.0.0.7/24', ['dns 0.0.10.in-addr.arpa. undefined']],
    ['10.0.0.0/23', ['dns 0.0.10.in-addr.arpa. undefined', 'dns 1.0.10.in-addr.arpa. undefined']],
    ['0.0.0.0/0', ['dns in-addr.arpa. undefined']],
    ['2001:db8::/32', ['dns 8.b.d.0.1.0.0.2.ip6.arpa. undefined']],
    ['2001:db8::/32:53', ['dns 8.b.d.0.1.0.0.2.ip6.arpa. 53']],
    ['fd00::/7', ['dns c.f.ip6.arpa. undefined', 'dns d.f.ip6.arpa. undefined']],
    ['10.0.0.0/33', ['dns 10.0.0.0/33. undefined']],
    ['10.0.0.256/24', ['dns 10.0.0.256/24. undefined']],
    ['10.0.0/24', ['dns 10.0.0/24. undefined']],
    ['2001:db8::/129', ['dns 2001:db8::/129. undefined']],
    ['[::1]:53', ['dns [::1]. 53']],
    ['*.test', ['dns *.test. undefined']],
    ['a\\.b.test', ['dns a\\.b.test. undefined']],
    ['@', ['dns \\@. undefined']],
    ['bücher.test', ['dns b\\195\\188cher.test. undefined']],
    [`${'a'.repeat(63)}.test`, [`dns ${'a'.repeat(63)}.test. undefined`]],
  ])('reads %s', (text, expected) => {
    const { keys, problems } = parse(text)
    expect(keys.map(({ transport, zone, port }) => `${transport} ${zone} ${port}`)).toEqual(
      expected,
    )
    expect(problems.errors).toEqual([])
  })

  it('makes one zone for each address of a long IPv4 prefix', () => {
    expect(parse('192.0.2.0/25').keys).toHaveLength(128)
    expect(parse('192.0.2.0/27').keys.map((key) => key.zone)).toContain('31.2.0.192.in-addr.arpa.')
  })

  it.each([
    ['.:', `a port must follow the last colon of '.:'`],
    ['', 'the zone name is empty'],
    [':53', `the zone name before ':53' is empty`],
    ['a.test:70000', 'the port 70000 is not between 0 and 65535'],
    ['a.test:-1', 'the port -1 is not between 0 and 65535'],
    ['a.test:99999999999999999999', 'the port 99999999999999999999 is not between 0 and 65535'],
    ['a..test', `'a..test' is not a valid zone name: a label is empty`],
    ['.a.test', `'.a.test' is not a valid zone name: it starts with a dot`],
    ['.:53-55', `'.:53-55' is not a valid zone name: it starts with a dot`],
    ['::/0:53', `'::/0' is not accepted as an address block: it starts with zero`],
    ['0::/8', `'0::/8' is not accepted as an address block: it starts with zero`],
    ['a\\', `'a\\' is not a valid zone name: it is no domain name`],
  ])('refuses %s', (text, message) => {
    expect(parseZones(text)).toMatchObject({ problem: message })
  })

  it('refuses labels over 63 octets and names over 255', () => {
    const label = 'a'.repeat(63)
    expect(parseZones(`${label}a.test`)).toHaveProperty('problem')
    expect(parseZones(`${label}.${label}.${label}.${label}`)).toHaveProperty('problem')
    expect(parseZones(`${label}.${label}.${label}.${'a'.repeat(61)}`)).toHaveProperty('zones')
  })
})

describe('warnings about zone names', () => {
  it.each(['.', 'a-b.c1.test', 'in-addr.arpa', '10.0.0.0/8', 'x.ip6.arpa'])('passes %s', (text) => {
    expect(parse(text).problems.warnings).toEqual([])
  })

  it.each([
    ['a_b.test', undefined],
    ['1a.test', undefined],
    ['a-.test', undefined],
    ['ftp://.', /schemes are/],
    ['10.0.0.1', /10\.0\.0\.1\/32/],
    ['[::1]', /bind/],
    ['10.0.0.0/33', /not a valid address block/],
    ['a.test:53 b.test:53', /one name/],
    ['a.test,b.test', /separated/],
    ['(s)', /snippet/],
    ['a.test:dns', /a port is a number/],
  ])('warns about %s', (text, help) => {
    const [warning] = parse(text).problems.warnings
    expect(warning?.message).toMatch(/^Domain ".*" does not follow RFC1035 preferred syntax$/)
    if (help === undefined) expect(warning?.suggestion).toBeUndefined()
    else expect(warning?.suggestion).toMatch(help)
  })
})

it('names a listener as CoreDNS does', () => {
  expect(formatKey('tls', 'a.test.', 853)).toBe('tls://a.test.:853')
})
