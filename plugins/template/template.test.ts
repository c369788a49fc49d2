import {
  configErrorsOf,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  replyWith,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import template from './index.ts'

const rules = `
template IN A a.test {
  match "^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)-(?P<c>[0-9]+)-(?P<d>[0-9]+)[.]a[.]test[.]$"
  answer "{{ .Name }} 60 IN A {{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
  fallthrough
}
template IN A a.test {
  match "^one[.]" "^uno[.]"
  match "^eins[.]"
  answer "{{ .Name }} 1 IN A 192.0.2.1"
  fallthrough
}
template IN AAAA {
  answer "{{ .Name }} 60 IN AAAA 2001:db8::{{ .Type }}{{ .Class }}"
}
template IN MX b.test {
  match "^(?P<h>[a-z]+)[.]b[.]test[.]$"
  answer "{{ .Name }} 60 IN MX 10 {{ .Group.h }}.mail.{{ .Zone }}"
  additional "{{ .Group.h }}.mail.{{ .Zone }} 60 IN A 192.0.2.25"
  authority "{{ .Zone }} 60 IN NS ns.{{ .Zone }}"
}
template IN TXT {
  answer "{{ .Name }} 60 IN TXT \\"{{ .Name }} {{ .Type }} {{ .Class }} {{ .Zone }} {{ index .Match 0 }} {{ .Remote }}\\""
}
template IN PTR {
  rcode REFUSED
}
template IN SRV {
  rcode SERVFAIL
}
template IN CAA {
  rcode NXDOMAIN
  authority "{{ .Zone }} 60 IN SOA ns.{{ .Zone }} m.{{ .Zone }} 1 2 3 4 5"
}`

describe('template: class, type, zone and expressions choose a rule', () => {
  const txt = (name: string, zone: string) =>
    `${name} 60 IN TXT "${name} TXT IN ${zone} ${name} 192.0.2.100"`
  testPlugin(
    template,
    rules,
    [
      {
        query: 'IP-10-20-30-40.A.test A',
        expect: { flags: 'aa rd', answer: ['ip-10-20-30-40.a.test. 60 IN A 10.20.30.40'] },
      },
      { query: 'ip-1-2-3.a.test A', expect: { passed: true } },
      {
        query: 'ip-300-1-1-1.a.test A',
        expect: { rcode: 'SERVFAIL', flags: 'rd', cause: 'answer template gives no record' },
      },
      { query: 'one.a.test A', expect: { answer: ['one.a.test. 1 IN A 192.0.2.1'] } },
      { query: 'uno.a.test A', expect: { answer: ['uno.a.test. 1 IN A 192.0.2.1'] } },
      { query: 'eins.a.test A', expect: { answer: ['eins.a.test. 1 IN A 192.0.2.1'] } },
      { query: 'zwei.a.test A', expect: { passed: true } },
      { query: 'one.b.test A', expect: { passed: true } },
      { query: 'x.a.test AAAA', expect: { rcode: 'SERVFAIL', flags: 'rd' } },
      {
        query: 'x.b.test MX',
        expect: {
          flags: 'aa rd',
          answer: ['x.b.test. 60 IN MX 10 x.mail.b.test.'],
          authority: ['b.test. 60 IN NS ns.b.test.'],
          additional: ['x.mail.b.test. 60 IN A 192.0.2.25'],
        },
      },
      { query: 'x1.b.test MX', expect: { rcode: 'SERVFAIL', flags: 'rd', passed: false } },
      { query: 'x.a.test MX', expect: { passed: true } },
      { query: 'X.A.Test TXT', expect: { flags: 'aa rd', answer: [txt('x.a.test.', 'a.test.')] } },
      { query: 'b.test TXT', expect: { answer: [txt('b.test.', 'b.test.')] } },
      { query: 'x.a.test PTR', expect: { rcode: 'REFUSED', flags: 'aa rd' } },
      { query: 'x.a.test SRV', expect: { rcode: 'SERVFAIL', flags: 'rd' } },
      {
        query: 'x.a.test CAA',
        expect: {
          rcode: 'NXDOMAIN',
          flags: 'aa rd',
          authority: ['a.test. 60 IN SOA ns.a.test. m.a.test. 1 2 3 4 5'],
        },
      },
      { query: 'x.a.test HTTPS', expect: { passed: true } },
      {
        name: 'takes the first rule for ANY',
        query: 'x.a.test ANY',
        expect: { rcode: 'SERVFAIL' },
      },
      { name: 'passes other zones on', query: 'x.c.test TXT', expect: { passed: true } },
      { name: 'passes other classes on', query: 'x.a.test CH TXT', expect: { passed: true } },
    ],
    { it, zones: ['a.test', 'b.test'] },
  )
})

describe('template: names that no expression matches', () => {
  const corefile = `template IN A sub.b.test other.b.test {
    match "^yes[.]"
    answer "{{ .Name }} 60 IN A 192.0.2.1"
    fallthrough other.b.test
  }`
  testPlugin(
    template,
    corefile,
    [
      { query: 'yes.sub.b.test A', expect: { answer: ['yes.sub.b.test. 60 IN A 192.0.2.1'] } },
      { query: 'no.sub.b.test A', expect: { rcode: 'SERVFAIL', passed: false } },
      { query: 'no.other.b.test A', expect: { passed: true } },
      { query: 'x.b.test A', expect: { passed: true } },
    ],
    { it, zones: ['b.test'] },
  )
})

describe('template: zones inside each other', () => {
  it.each(['a.b.test b.test', 'b.test a.b.test'])('gives the longest zone: %s', async (zones) => {
    const corefile = `template IN TXT ${zones} {\n answer "{{ .Name }} 60 IN TXT {{ .Zone }}"\n}`
    const loaded = await loadPlugin(template, corefile)
    const zoneOf = async (name: string) => formatMessage(await loaded.ask(name, 'TXT')).answer
    expect(await zoneOf('x.a.b.test')).toEqual(['x.a.b.test. 60 IN TXT "a.b.test."'])
    expect(await zoneOf('x.b.test')).toEqual(['x.b.test. 60 IN TXT "b.test."'])
    const matches = 'coredns_template_matches_total'
    expect(loaded.host.metrics.value(matches, { zone: 'a.b.test.' })).toBe(1)
    expect(loaded.host.metrics.value(matches, { zone: 'b.test.' })).toBe(1)
  })
})

describe('template: what is special in a response', () => {
  testPlugin(
    template,
    'template ANY A {\n answer "{{ .Name }} 60 {{ .Class }} A 192.0.2.1"\n}',
    [{ query: 'x.test CH A', expect: { answer: ['x.test. 60 CH A 192.0.2.1'] } }],
    { it },
  )
  testPlugin(
    template,
    'template IN ANY {\n answer "{{ .Name }} 60 IN TXT {{ .Type }}"\n}',
    [
      { query: 'x.test ANY', expect: { answer: ['x.test. 60 IN TXT "ANY"'] } },
      { query: 'x.test TYPE777', expect: { answer: ['x.test. 60 IN TXT "TYPE777"'] } },
    ],
    { it },
  )
  testPlugin(
    template,
    'template IN A {\n rcode NXDOMAIN\n ederror 15 "not here"\n}',
    [
      {
        name: 'carries an extended error, for clients without EDNS too',
        query: 'x.test A',
        expect: {
          rcode: 'NXDOMAIN',
          edns: { udpSize: 4096, do: true, options: ['15:000f6e6f742068657265'] },
        },
      },
    ],
    { it },
  )
  testPlugin(
    template,
    'template IN A {\n rcode BADVERS\n}\ntemplate IN TXT {\n answer ""\n}',
    [
      { query: 'x.test A', expect: { rcode: 'BADVERS' } },
      {
        name: 'refuses to take no text for a record',
        query: 'x.test TXT',
        expect: { rcode: 'SERVFAIL' },
      },
    ],
    { it },
  )
})

describe('template: aliases in answers to address queries', () => {
  const corefile = 'template IN ANY {\n answer "{{ .Name }} 60 IN CNAME target.b.test."\n}'
  const alias = 'in.a.test. 60 IN CNAME target.b.test.'
  const target = 'target.b.test. 30 IN A 192.0.2.7'

  it.each([
    ['A', [alias, target], ['target.b.test. IN A']],
    ['AAAA', [alias, target], ['target.b.test. IN AAAA']],
    ['CNAME', [alias], []],
    ['TXT', [alias], []],
  ])('are followed through the server: %s', async (type, answer, resolved) => {
    const host = fakeHost({ plugin: 'template', resolve: replyWith({ answer: [target] }) })
    const loaded = await loadPlugin(template, corefile, { host })
    expect(formatMessage(await loaded.ask('in.a.test', type))).toMatchObject({
      rcode: 'NOERROR',
      flags: 'aa rd',
      answer,
    })
    expect(host.resolved.map(String)).toEqual(resolved)
  })

  it('stand alone when their target fails', async () => {
    const loaded = await loadPlugin(template, corefile)
    expect(formatMessage(await loaded.ask('in.a.test'))).toMatchObject({ answer: [alias] })
  })

  it('pass TC on', async () => {
    const resolve = replyWith({ answer: [target], flags: 'tc' })
    const loaded = await loadPlugin(template, corefile, { host: fakeHost({ resolve }) })
    expect(formatMessage(await loaded.ask('in.a.test')).flags).toBe('aa tc rd')
  })
})

describe('template: expressions about the query', () => {
  const corefile = `template IN A {
    expr incidr(client_ip(), '192.0.2.0/24')
    expr "name() matches '^in'"
    var host client_ip()
    var next id() % 1 + 7
    answer "{{ .Name }} {{ .Var.next }} IN A {{ .Var.host }}"
    fallthrough a.test
  }`
  const options = { zones: ['a.test', 'b.test'] }
  const answer = 'in.a.test. 7 IN A 192.0.2.100'

  it('have to hold all, and give their values to templates', async () => {
    const loaded = await loadPlugin(template, corefile, options)
    expect(formatMessage(await loaded.ask('in.a.test'))).toMatchObject({ answer: [answer] })
    expect(formatMessage(await loaded.ask('out.b.test'))).toMatchObject({ rcode: 'SERVFAIL' })
  })

  testPlugin(template, corefile, [{ query: 'out.a.test A', expect: { passed: true } }], {
    it,
    ...options,
  })

  it('that can not be told make the response SERVFAIL', async () => {
    const failing = "template IN A {\n expr incidr(name(), '192.0.2.0/24')\n rcode NXDOMAIN\n}"
    const loaded = await loadPlugin(template, failing)
    await expect(loaded.ask('x.a.test')).resolves.toMatchObject({ rcode: 2 })
  })

  it('are refused at the word that is wrong, all at once', async () => {
    const errors = await configErrorsOf(() =>
      loadPlugin(template, 'template IN A {\n expr true && nosuch()\n var x 1 + nome\n}'),
    )
    expect(errors.map(({ at }) => at?.text)).toEqual(['nosuch()', 'nome'])
  })
})

describe('template: metrics and log', () => {
  it('has the name of the view as a label', async () => {
    const host = fakeHost({ plugin: 'template' })
    host.settings.viewName = 'inside'
    const loaded = await loadPlugin(template, 'template IN A {\n rcode NXDOMAIN\n}', { host })
    await loaded.ask('x.a.test')
    expect(host.metrics.value('coredns_template_matches_total', { view: 'inside' })).toBe(1)
  })

  it('counts matches, failed templates and texts that are no record', async () => {
    const corefile = `template IN A a.test {
      answer "{{ .Nosuch }}"
    }
    template IN AAAA b.test {
      answer "{{ .Group.none }} broken"
    }`
    const loaded = await loadPlugin(template, corefile, { zones: ['a.test', 'b.test'] })
    for (const _ of [1, 2]) {
      expect((await loaded.ask('x.a.test', 'A')).rcode).toBe(2)
      expect((await loaded.ask('x.b.test', 'AAAA')).rcode).toBe(2)
    }
    const { metrics, log } = loaded.host
    const labels = { server: 'dns://:53', zone: 'a.test.', view: '', class: 'IN', type: 'A' }
    const failed = { section: 'answer', template: '{{ .Nosuch }}' }
    expect(metrics.value('coredns_template_matches_total', labels)).toBe(2)
    expect(metrics.value('coredns_template_matches_total', { zone: 'b.test.' })).toBe(2)
    expect(
      metrics.value('coredns_template_template_failures_total', { ...labels, ...failed }),
    ).toBe(2)
    expect(metrics.value('coredns_template_template_failures_total')).toBe(2)
    expect(metrics.value('coredns_template_rr_failures_total', { zone: 'b.test.' })).toBe(2)
    expect(log.lines).toEqual([expect.stringContaining('no field .Nosuch')])
  })
})

describe('template: options', () => {
  const block = (line: string) => `template IN A {\n ${line}\n}`
  testOptions(
    template,
    [
      { text: 'template IN A', options: [{ args: [1, 1, []], block: { rcode: 0 } }] },
      { text: 'template ANY ANY Example.ORG', options: [{ args: [255, 255, ['example.org.']] }] },
      { text: block('match "^(?P<n>.*)$" "x"') },
      { text: block('answer "a" "b"\n answer c') },
      { text: block('authority "x"') },
      { text: block('rcode NXDOMAIN\n rcode SERVFAIL'), options: [{ block: { rcode: 2 } }] },
      { text: block('ederror 15'), options: [{ block: { ederror: [15, ''] } }] },
      { text: block('fallthrough a.test'), options: [{ block: { fallthrough: ['a.test.'] } }] },
      { text: block('upstream') },
      { text: 'template', error: /./, at: 'template' },
      { text: 'template in A', error: /in/, at: 'in' },
      { text: 'template IN a', error: /a/, at: 'a' },
      { text: block('match'), error: /./, at: 'match' },
      { text: block('answer'), error: /one template or more/, at: 'answer' },
      { text: block('answer "x {{ .Name"'), error: /not closed/, at: '{{ .Name' },
      { text: block('answer "x {{ nosuchfunc }}"'), error: /nosuchfunc/, at: 'nosuchfunc' },
      { text: block('rcode nxdomain'), error: /nxdomain/, at: 'nxdomain' },
      { text: block('rcode 3'), error: /3/, at: '3' },
      { text: block('rcode'), error: /./, at: 'rcode' },
      { text: block('rcode NXDOMAIN SERVFAIL'), error: /./, at: 'SERVFAIL' },
      { text: block('ederror x'), error: /x/, at: 'x' },
      { text: block('ederror 15 a b'), error: /./, at: 'b' },
      { text: block('var n 1\n var m name()') },
      { text: block('expr true\n expr "id() > 1"') },
      { text: block('var'), error: /takes a name/, at: 'var' },
      { text: block('var 1n 1'), error: /takes a name/, at: '1n' },
      { text: block('var n'), error: /an expression is needed/, at: 'var' },
      { text: block('expr'), error: /an expression is needed/, at: 'expr' },
      { text: block('nosuch'), error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )

  it('points at all expressions that are wrong', async () => {
    const long = 'x'.repeat(10_001)
    const errors = await configErrorsOf(() =>
      loadPlugin(template, `template IN A {\n match a "(" \n match ${long} "(?=a)"\n}`),
    )
    expect(errors.map(({ at }) => at?.text)).toEqual(['(', long, '(?=a)'])
  })

  it('points into the template, at the action that is wrong', async () => {
    const errors = await configErrorsOf(() =>
      loadPlugin(template, 'template IN A {\n answer "{{ .Name }} {{ if }}"\n}'),
    )
    expect(errors.map(({ at }) => [at?.line, at?.column, at?.width])).toEqual([[2, 28, 2]])
  })

  lifeCycleSuite(template, 'template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n}', {
    it,
    bad: { corefile: 'template IN A {\n answer "{{ if }}"\n}', at: '}}' },
  })
})
