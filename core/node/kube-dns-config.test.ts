import { describe, expect, it } from 'vitest'
import { MAX_STUB_DOMAINS, parseKubeDnsConfig } from './kube-dns-config.ts'

const domains = (count: number): string =>
  JSON.stringify(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, ['1.1.1.1']])),
  )

describe('the ConfigMap kube-dns', () => {
  it.each([
    [{}, [], []],
    [{ stubDomains: '', upstreamNameservers: ' \n' }, [], []],
    [{ stubDomains: 'null', upstreamNameservers: 'null' }, [], []],
    [
      {
        stubDomains:
          '{"b.test": ["192.0.2.1", "[2001:db8::1]:5353"], "acme.local": ["10.0.0.1:53"]}',
      },
      [
        ['acme.local', ['10.0.0.1:53']],
        ['b.test', ['192.0.2.1', '[2001:db8::1]:5353']],
      ],
      [],
    ],
    [
      { upstreamNameservers: '["192.0.2.1", "2001:db8::1", "tls://192.0.2.3:853"]' },
      [],
      ['192.0.2.1', '2001:db8::1', 'tls://192.0.2.3:853'],
    ],
  ])('reads %j', (texts, stubDomains, upstreamNameservers) => {
    const config = parseKubeDnsConfig(texts)
    if (!('stubDomains' in config)) throw new Error(config.join('\n'))
    expect([...config.stubDomains]).toEqual(stubDomains)
    expect(config.upstreamNameservers).toEqual(upstreamNameservers)
  })

  it.each([
    [{ stubDomains: '{' }, [/^stubDomains is no JSON: /]],
    [{ stubDomains: '["192.0.2.1"]' }, [/^stubDomains: expected an object/]],
    [{ stubDomains: '{"a.test": "192.0.2.1"}' }, [/^stubDomains "a.test": expected a list/]],
    [{ stubDomains: '{"a.test": []}' }, [/^stubDomains "a.test": a domain needs a server/]],
    [{ stubDomains: '{"a.test": [1]}' }, [/^stubDomains "a.test" 0: a server is an IP/]],
    [{ stubDomains: '{"a.test": ["dns.test"]}' }, [/"dns.test" is no server: write IP or IP:PORT/]],
    [
      { stubDomains: '{"A.test": ["192.0.2.1"]}' },
      [/^stubDomains "A.test": "A.test" is no domain/],
    ],
    [{ stubDomains: '{"a.test.": ["192.0.2.1"]}' }, [/is no domain/]],
    [{ stubDomains: '{"a b {": ["192.0.2.1"]}' }, [/is no domain/]],
    [{ stubDomains: domains(MAX_STUB_DOMAINS + 1) }, [/more than 100 domains/]],
    [{ upstreamNameservers: '{}' }, [/^upstreamNameservers: expected a list/]],
    [{ upstreamNameservers: '["1.1.1.1","2.2.2.2","3.3.3.3","4.4.4.4"]' }, [/more than 3 servers/]],
    [{ upstreamNameservers: '["192.0.2.1:0"]' }, [/is no server/]],
    [{ upstreamNameservers: '["192.0.2.1:70000"]' }, [/is no server/]],
    [{ upstreamNameservers: '["https://192.0.2.1"]' }, [/is no server/]],
    [{ upstreamNameservers: '["192.0.2.1 }"]' }, [/is no server/]],
    [{ stubDomains: '{', upstreamNameservers: '[1]' }, [/^stubDomains/, /^upstreamNameservers/]],
  ])('refuses %j', (texts, problems) => {
    const found = parseKubeDnsConfig(texts)
    if ('stubDomains' in found) throw new Error('accepted')
    expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)))
  })
})
