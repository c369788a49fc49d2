import { describe, expect, it } from 'vitest'
import { makeQuery, type QueryOptions } from '../testing/make-query.ts'
import { formatMessage } from '../testing/message-text.ts'
import { Name } from '../wire/name.ts'
import { loadZone } from './load-zone.ts'
import { ZoneReplies } from './zone-replies.ts'

const SOA = 'example. 3600 IN SOA a.example. b.example. 1 2 3 4 5'

async function open(text: string): Promise<ZoneReplies> {
  const loaded = await loadZone({
    origin: Name.parseText('example'),
    path: 'z',
    read: async () => new TextEncoder().encode(`$TTL 3600\n@ SOA a b 1 2 3 4 5\n${text}`),
    pause: async () => {},
  })
  if (loaded === 'unchanged') throw new Error('unchanged')
  return new ZoneReplies(loaded.data)
}

async function ask(replies: ZoneReplies, question: string, options: QueryOptions = {}) {
  const [name = '', type = ''] = question.split(' ')
  const query = makeQuery(name, type, options)
  const reply = await replies.reply(query, { resolve: async (q) => q.reply({ rcode: 5 }) })
  const { rcode, flags, answer, authority, additional } = formatMessage(reply)
  return { rcode, flags, answer, authority, additional }
}

describe('wildcards (RFC 4592 section 2.2.1)', async () => {
  const replies = await open(`
    NS ns.example.com.
    NS ns.example.net.
*.example. TXT "this is a wildcard"
*.example. MX 10 host1.example.
sub.*.example. TXT "this is not a wildcard"
host1.example. A 192.0.2.1
_ssh._tcp.host1.example. SRV 0 0 22 host1.example.
_ssh._tcp.host2.example. SRV 0 0 22 host1.example.
subdel.example. NS ns.example.com.
subdel.example. NS ns.example.net.
`)
  it.each([
    ['host3.example. MX', 'host3.example. 3600 IN MX 10 host1.example.'],
    ['foo.bar.example. TXT', 'foo.bar.example. 3600 IN TXT "this is a wildcard"'],
    ['sub.*.example. TXT', 'sub.*.example. 3600 IN TXT "this is not a wildcard"'],
    ['*.example. TXT', '*.example. 3600 IN TXT "this is a wildcard"'],
  ])('%s has an answer', async (question, answer) => {
    expect(await ask(replies, question)).toMatchObject({ rcode: 'NOERROR', answer: [answer] })
  })

  it.each([
    ['host3.example. A', 'NOERROR'],
    ['host1.example. MX', 'NOERROR'],
    ['sub.*.example. MX', 'NOERROR'],
    ['_tcp.host1.example. TXT', 'NOERROR'],
    ['_telnet._tcp.host1.example. SRV', 'NXDOMAIN'],
    ['ghost.*.example. MX', 'NXDOMAIN'],
  ])('%s has none: %s', async (question, rcode) => {
    expect(await ask(replies, question)).toMatchObject({ rcode, answer: [], authority: [SOA] })
  })

  it('host.subdel.example. A gets a referral', async () => {
    const { flags, answer, authority } = await ask(replies, 'host.subdel.example. A')
    expect([flags, answer, authority?.length]).toEqual(['rd', [], 2])
  })
})

describe('DNAME (RFC 6672)', async () => {
  const long = `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}`
  const replies = await open(`
old DNAME new
a.new A 192.0.2.1
long DNAME ${long}
`)
  it('makes an alias of a name below its owner, with its own TTL', async () => {
    expect(await ask(replies, 'A.old.example. A')).toMatchObject({
      rcode: 'NOERROR',
      answer: [
        'old.example. 3600 IN DNAME new.example.',
        'a.old.example. 3600 IN CNAME a.new.example.',
        'a.new.example. 3600 IN A 192.0.2.1',
      ],
    })
  })

  it('leaves its owner alone', async () => {
    expect(await ask(replies, 'old.example. A')).toMatchObject({ answer: [], authority: [SOA] })
  })

  it('that makes a name too long gives YXDOMAIN', async () => {
    const { rcode, answer } = await ask(replies, `${'w'.repeat(63)}.long.example. A`)
    expect([rcode, answer?.length]).toEqual(['YXDOMAIN', 1])
  })
})

describe('a signed zone (RFC 4035 section 3.1)', async () => {
  const sig = (type: string, labels: number): string =>
    `RRSIG ${type} 13 ${labels} 3600 20300101000000 20200101000000 1 example. AAAA`
  const replies = await open(`
  ${sig('SOA', 1)}
  NS ns
  ${sig('NS', 1)}
  NSEC b NS SOA RRSIG NSEC
  ${sig('NSEC', 1)}
b A 192.0.2.1
  ${sig('A', 2)}
  NSEC x.ent A RRSIG NSEC
  ${sig('NSEC', 2)}
x.ent A 192.0.2.2
  NSEC *.w A NSEC
  ${sig('NSEC', 3)}
*.w TXT w
  ${sig('TXT', 2)}
  NSEC zz TXT RRSIG NSEC
  ${sig('NSEC', 2)}
zz NS ns.zz
  NSEC @ NS NSEC
  ${sig('NSEC', 2)}
ns.zz A 192.0.2.3
`)
  const wants: QueryOptions = { edns: { do: true } }
  const shape = async (question: string, options = wants): Promise<string[]> => {
    const { answer = [], authority = [] } = await ask(replies, question, options)
    return [...answer, '-', ...authority].map((rr) =>
      rr.split(' ').toSpliced(1, 2).slice(0, 3).join(' '),
    )
  }
  const soa = ['example. SOA a.example.', 'example. RRSIG SOA']
  const ns = ['example. NS ns.example.', 'example. RRSIG NS']
  const nsec = (owner: string, next: string): string[] => [
    `${owner} NSEC ${next}`,
    `${owner} RRSIG NSEC`,
  ]

  it('gives signatures to those who want them, and to no others', async () => {
    expect(await shape('b.example. A')).toEqual([
      'b.example. A 192.0.2.1',
      'b.example. RRSIG A',
      '-',
      ...ns,
    ])
    expect(await shape('b.example. A', {})).toEqual(['b.example. A 192.0.2.1', '-', ns[0]])
  })

  it('proves that a name and its wildcard do not exist', async () => {
    expect(await shape('c.example. A')).toEqual([
      ...['-', ...soa],
      ...nsec('b.example.', 'x.ent.example.'),
      ...nsec('example.', 'b.example.'),
    ])
  })

  it('proves with one NSEC what one can prove', async () => {
    expect(await shape('aa.example. A')).toEqual(['-', ...soa, ...nsec('example.', 'b.example.')])
  })

  it('proves that a name has no records of a type', async () => {
    expect(await shape('b.example. MX')).toEqual([
      '-',
      ...soa,
      ...nsec('b.example.', 'x.ent.example.'),
    ])
  })

  it('proves that an empty non-terminal has no records', async () => {
    expect(await shape('ent.example. A')).toEqual(
      ['-', ...soa, ...nsec('b.example.', 'x.ent.example.')].map((s) => s),
    )
  })

  it('proves that a wildcard was the closest there was', async () => {
    expect(await shape('q.w.example. TXT')).toEqual([
      'q.w.example. TXT "w"',
      'q.w.example. RRSIG TXT',
      ...['-', ...ns],
      ...nsec('*.w.example.', 'zz.example.'),
    ])
  })

  it('proves that a delegation is unsigned', async () => {
    expect(await shape('a.zz.example. A')).toEqual([
      '-',
      'zz.example. NS ns.zz.example.',
      ...nsec('zz.example.', 'example.'),
    ])
  })
})

describe('a question in lower case, whose reply is written without a look at each record,', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `many TXT "${'x'.repeat(200)}${i}"`).join('\n')
  const replies = await open(`
 NS ns
 NS ns.example.com.
ns A 192.0.2.1
two 0 A 192.0.2.1
two 10 A 192.0.2.2
*.wild TXT "w"
x.ent AAAA 2001:db8::1
mx MX 10 two
unknown TYPE65280 \\# 2 abcd
${many}
`)
  it.each([
    ...['two A', 'two TXT', 'a.b.wild TXT', 'a.b.wild A', 'ent A', 'nosuch A', 'mx MX', 'mx A'],
    ...['unknown TYPE65280', 'many TXT', 'x.ent AAAA', 'ns A'],
  ])('gets what it gets in upper case: %s', async (question) => {
    const [name = '', type = ''] = question.split(' ')
    const options = { transport: 'tcp' } as const
    const lower = await ask(replies, `${name}.example. ${type}`, options)
    const upper = await ask(replies, `${name.toUpperCase()}.EXAMPLE. ${type}`, options)
    expect(lower).toEqual(upper)
    // And once more, when the reply may have been kept.
    expect(await ask(replies, `${name}.example. ${type}`, options)).toEqual(upper)
  })

  it('gets its own flags and question', async () => {
    const query = makeQuery('two.example', 'A', { flags: 'cd', id: 7 })
    const reply = await replies.reply(query, { resolve: async (q) => q.reply() })
    expect([reply.id, reply.qname.toString(), reply.flags & 0x7bff]).toEqual([
      7,
      'two.example.',
      0x0010,
    ])
  })
})
