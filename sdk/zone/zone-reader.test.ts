// biome-ignore-all lint/suspicious/noTemplateCurlyInString: $GENERATE has them.

import { describe, expect, it } from 'vitest'
import { formatRr } from '../record/rr-text.ts'
import { Name } from '../wire/name.ts'
import { loadZone } from './load-zone.ts'
import type { ZoneData } from './zone-data.ts'
import { ZoneFault } from './zone-fault.ts'

const SOA = '@ 60 IN SOA ns m 1 2 3 4 5\n'

async function load(
  text: string | Uint8Array,
  files: Readonly<Record<string, string>> = {},
): Promise<{ data: ZoneData; warnings: readonly string[]; files: readonly string[] }> {
  const texts: Record<string, string | Uint8Array> = { 'dir/z': text, ...files }
  const loaded = await loadZone({
    origin: Name.parseText('example.org'),
    path: 'dir/z',
    async read(path) {
      const found = texts[path]
      if (found === undefined) throw new Error('no such file')
      return typeof found === 'string' ? new TextEncoder().encode(found) : found
    },
    pause: async () => {},
  })
  if (loaded === 'unchanged') throw new Error('unchanged')
  return loaded
}

/** All records of a zone but the SOA, as `owner ttl class type rdata`. */
function recordsOf(data: ZoneData): string[] {
  const lines: string[] = []
  for (let node = 0; node < data.names.count; node++) {
    for (let set = data.records.firstSet(node); set >= 0; set = data.records.nextSet(set)) {
      lines.push(...data.rrs(set, data.names.name(node)).map(formatRr))
    }
  }
  return lines.map((line) => line.replaceAll('\t', ' ')).filter((line) => !line.includes(' SOA '))
}

describe('the text of a zone', () => {
  it.each([
    ['a record as it is', 'a 5 IN A 192.0.2.1', ['a.example.org. 5 IN A 192.0.2.1']],
    ['class before TTL', 'a IN 5 A 192.0.2.1', ['a.example.org. 5 IN A 192.0.2.1']],
    ['a TTL with units', 'a 1h30m A 192.0.2.1', ['a.example.org. 5400 IN A 192.0.2.1']],
    ['the TTL of the record before', 'a A 192.0.2.1', ['a.example.org. 60 IN A 192.0.2.1']],
    [
      '$TTL before that of the record before',
      '$TTL 1d\na 5 A 192.0.2.1\nb A 192.0.2.1',
      ['a.example.org. 5 IN A 192.0.2.1', 'b.example.org. 86400 IN A 192.0.2.1'],
    ],
    [
      'a blank for the owner before',
      'a A 192.0.2.1\n\tA 192.0.2.2 ; second',
      ['a.example.org. 60 IN A 192.0.2.1', 'a.example.org. 60 IN A 192.0.2.2'],
    ],
    [
      '$ORIGIN, relative to the one before',
      '$ORIGIN sub\na NS b\n$ORIGIN example.org.\nc NS @',
      ['a.sub.example.org. 60 IN NS b.sub.example.org.', 'c.example.org. 60 IN NS example.org.'],
    ],
    [
      'parentheses and comments',
      'a MX ( 10 ; first\n\n  mail ) ; (\n',
      ['a.example.org. 60 IN MX 10 mail.example.org.'],
    ],
    [
      'quotes and escapes',
      'a\\.b TXT "x; y" z\\"\\065 "" "a\nb"',
      ['a\\.b.example.org. 60 IN TXT "x; y" "z\\"A" "" "a\\010b"'],
    ],
    ['carriage returns', 'a A 192.0.2.1\r\n', ['a.example.org. 60 IN A 192.0.2.1']],
    ['lower case', 'A a 192.0.2.1', ['a.example.org. 60 IN A 192.0.2.1']],
    [
      'names of hosts in lower case, where CoreDNS does so',
      'a MX 1 MAIL\nb CNAME C\nc PTR D\nd SRV 1 2 3 E',
      [
        'a.example.org. 60 IN MX 1 mail.example.org.',
        'b.example.org. 60 IN CNAME c.example.org.',
        'c.example.org. 60 IN PTR D.example.org.',
        'd.example.org. 60 IN SRV 1 2 3 E.example.org.',
      ],
    ],
    ['an unknown type', 'a TYPE65280 \\# 2 abcd', ['a.example.org. 60 IN TYPE65280 \\# 2 abcd']],
    ['a known type in generic form', 'a A \\# 4 c0000201', ['a.example.org. 60 IN A 192.0.2.1']],
    ['IPv6', 'a AAAA 2001:DB8::1', ['a.example.org. 60 IN AAAA 2001:db8::1']],
    ['types by name or number', 'a TYPE1 192.0.2.1', ['a.example.org. 60 IN A 192.0.2.1']],
    [
      'a record that is there twice once',
      'a A 192.0.2.1\na 5 A 192.0.2.1',
      ['a.example.org. 60 IN A 192.0.2.1'],
    ],
    [
      '$GENERATE',
      '$GENERATE 0-4/2 h${10,3,d} A 192.0.2.$',
      [
        'h010.example.org. 60 IN A 192.0.2.0',
        'h012.example.org. 60 IN A 192.0.2.2',
        'h014.example.org. 60 IN A 192.0.2.4',
      ],
    ],
    [
      '$GENERATE with quotes, bases and nibbles',
      '$GENERATE 10-10 h${0,2,x}.${0,3,n} TXT "$$ and \\$ $"',
      ['h0a.a.0.example.org. 60 IN TXT "$ and $ 10"'],
    ],
  ])('reads %s', async (_, text, expected) => {
    const { data } = await load(SOA + text)
    expect(recordsOf(data)).toEqual(expected)
  })

  it.each([
    ['a A 1.2.3.4.5', "dir/z:2:5: A: expected an IPv4 address, got '1.2.3.4.5'"],
    ['a A 1.2.3', "dir/z:2:5: A: expected an IPv4 address, got '1.2.3'"],
    ['a A 01.2.3.4', "dir/z:2:5: A: expected an IPv4 address, got '01.2.3.4'"],
    ['a A', 'dir/z:2:4: A: expected an IPv4 address, but the record ends'],
    ['a A 192.0.2.1 x', 'dir/z:2:15: A: expected the end of the record'],
    ['\n\n  x', "dir/z:4:3: expected a TTL, class or type, got 'x'"],
    ['a MX (\n 10\n  a..b )', "dir/z:4:3: MX: expected a domain name, got 'a..b'"],
    ['a MX 65536 b', "dir/z:2:6: MX: expected a whole number from 0 to 65535, got '65536'"],
    [
      'a TXT "\\999"',
      "dir/z:2:8: TXT: expected a string with escapes like \\\" and \\065, got '\\999'",
    ],
    ['a TXT "open', "dir/z:2:7: '\"' is never closed"],
    ['a TXT ( x', "dir/z:2:7: '(' is never closed"],
    ['a TXT x )', "dir/z:2:9: ')' without '('"],
    ['a CH A 192.0.2.1', 'dir/z:2:3: expected class IN, got CH'],
    ['a IN IN A 192.0.2.1', "dir/z:2:6: expected a type, got 'IN'"],
    ['a 5 6 A 192.0.2.1', "dir/z:2:5: expected a TTL, class or type, got '6'"],
    [
      'a 2147483648 A 192.0.2.1',
      "dir/z:2:3: expected a TTL of at most 2147483647 seconds, or a time like 1h30m, got '2147483648'",
    ],
    ['a..b A 192.0.2.1', "dir/z:2:1: expected a domain name, got 'a..b'"],
    [`${'x'.repeat(64)} A 192.0.2.1`, /2:1: expected a domain name/],
    ['a NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A', /2:1: NSEC3 is not supported/],
    ['@ SOA ns m 2 2 3 4 5', 'dir/z:2:1: a second SOA record, unlike the first'],
    ['$FOO x', "dir/z:2:1: expected a record, $ORIGIN, $TTL, $INCLUDE or $GENERATE, got '$FOO'"],
    ['$TTL', 'dir/z:2:5: expected a TTL'],
    ['$ORIGIN a b', "dir/z:2:11: expected the end of the line, got 'b'"],
    ['$INCLUDE nosuch', "dir/z:2:10: can't read dir/nosuch: no such file"],
    ['$GENERATE 1-99999 a A 192.0.2.1', 'dir/z:2:11: $GENERATE makes at most 65536 records'],
    [
      '$GENERATE 2-1 a A 192.0.2.1',
      "dir/z:2:11: expected a range from a number to a greater one, got '2-1'",
    ],
    ['$GENERATE 1-2 a${x} A 192.0.2.1', /2:15: expected \$\{offset,width,base\}/],
    [
      '$GENERATE 255-256 a$ A 192.0.2.$',
      "dir/z:2:1: A: expected an IPv4 address, got '192.0.2.256', in what $GENERATE makes",
    ],
    [
      `$GENERATE 1-60000 a$ TXT ${'x'.repeat(400)}`,
      /2:1: \$GENERATE makes at most 16777216 octets/,
    ],
    [
      `a TXT (\n${`"${'x'.repeat(255)}"\n`.repeat(2100)})`,
      /2:1: an entry of more than 524288 octets/,
    ],
    [`a TXT (\n${`"${'x'.repeat(255)}"\n`.repeat(300)})`, /TXT: RDATA has at most 65535 octets/],
  ])('says what is wrong, and where: %s', async (text, expected) => {
    const fault = await load(SOA + text).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(ZoneFault)
    const { message } = fault as ZoneFault
    if (typeof expected === 'string') expect(message).toBe(expected)
    else expect(message).toMatch(expected)
  })

  it.each([
    ['', 'dir/z: there is no SOA record for example.org.'],
    ['a IN A 192.0.2.1', /dir\/z:1:1: expected a TTL/],
    [' 5 IN A 192.0.2.1', /dir\/z:1:2: expected an owner/],
  ])('is no zone: %s', async (text, expected) => {
    await expect(load(text)).rejects.toThrow(expected)
  })

  it('is read the same when it is cut short at any octet, or refused', async () => {
    const text = `${SOA}a 1h IN TXT "x\\065" ( y\n z )\n$ORIGIN b\n$TTL 5\nc MX 10 d\n`
    const octets = new TextEncoder().encode(text)
    for (let end = 0; end <= octets.length; end++) {
      const result = await load(octets.slice(0, end)).catch((error: unknown) => error)
      expect(result instanceof ZoneFault || (result as { data: ZoneData }).data).toBeTruthy()
    }
  })

  it('leaves out what lies outside of the zone, with a warning', async () => {
    const { data, warnings } = await load(`${SOA}a A 192.0.2.1\nb.test. A 192.0.2.2\n  A 192.0.2.3`)
    expect(recordsOf(data)).toEqual(['a.example.org. 60 IN A 192.0.2.1'])
    expect(warnings).toEqual(['dir/z:3:1: 2 records outside of example.org. left out'])
  })

  it('without a SOA at the apex takes that of a name below, with a warning', async () => {
    const { data, warnings } = await load('sub 60 SOA ns m 9 2 3 4 5')
    expect(data.serial).toBe(9)
    expect(warnings.join()).toContain(
      'there is no SOA record for example.org., that of sub.example',
    )
  })
})

describe('$INCLUDE', () => {
  it('reads a file with an origin of its own, and goes on as before', async () => {
    const { data, files } = await load(`${SOA}$INCLUDE more sub\nb A 192.0.2.2`, {
      'dir/more': '$TTL 5\na A 192.0.2.1\n$ORIGIN deeper\na A 192.0.2.1',
    })
    expect(recordsOf(data)).toEqual([
      'a.sub.example.org. 5 IN A 192.0.2.1',
      'a.deeper.sub.example.org. 5 IN A 192.0.2.1',
      'b.example.org. 60 IN A 192.0.2.2',
    ])
    expect(files).toEqual(['dir/z', 'dir/more'])
  })

  it('is refused when it nests too deeply', async () => {
    await expect(load('$INCLUDE z')).rejects.toThrow(/dir\/z:1:1: \$INCLUDE is nested more than 7/)
  })

  it('is refused when there are too many', async () => {
    const text = SOA + '$INCLUDE empty\n'.repeat(1025)
    await expect(load(text, { 'dir/empty': '' })).rejects.toThrow(/at most 1024 \$INCLUDEs/)
  })
})

it('finds doubles in a large RRset without a look at each record', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `a TXT ${i % 2500}`).join('\n')
  const { data } = await load(SOA + lines)
  expect(recordsOf(data)).toHaveLength(2500)
})
