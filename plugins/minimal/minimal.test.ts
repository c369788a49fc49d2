import { lifeCycleSuite, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import minimal from './index.ts'

const soa = 'test. 60 IN SOA a. b. 1 2 3 4 5'
const ns = 'test. 60 IN NS ns.test.'
const glue = 'ns.test. 60 IN A 192.0.2.1'
const answer = ['full.test. 60 IN MX 10 m.test.']

describe('minimal', () => {
  testPlugin(
    minimal,
    'minimal',
    [
      {
        name: 'leaves authority and additional out of a positive response',
        query: 'full.test MX',
        next: { flags: 'ra', answer, authority: [ns], additional: [glue] },
        expect: { passed: true, flags: 'rd ra', answer, authority: [], additional: [] },
      },
      {
        name: 'leaves additional out of an empty response that is no denial',
        query: 'empty.test A',
        next: { additional: [glue] },
        expect: { passed: true, authority: [], additional: [] },
      },
      {
        name: 'keeps delegations',
        query: 'ref.test A',
        next: { authority: [ns], additional: [glue] },
        expect: { passed: true, authority: [ns], additional: [glue] },
      },
      {
        name: 'keeps NXDOMAIN',
        query: 'nx.test A',
        next: { rcode: 'NXDOMAIN', authority: [soa], additional: [glue] },
        expect: { passed: true, rcode: 'NXDOMAIN', authority: [soa], additional: [glue] },
      },
      {
        name: 'keeps NODATA',
        query: 'nodata.test A',
        next: { authority: [soa] },
        expect: { passed: true, authority: [soa] },
      },
      {
        name: 'keeps errors',
        query: 'sf.test A',
        next: { rcode: 'SERVFAIL', additional: [glue] },
        expect: { passed: true, rcode: 'SERVFAIL', additional: [glue] },
      },
      {
        name: 'keeps transfers',
        query: 'test AXFR',
        options: { transport: 'tcp' },
        next: { answer: [soa], authority: [ns] },
        expect: { passed: true, answer: [soa], authority: [ns] },
      },
      {
        name: 'lets a dropped response be',
        query: 'x.test A',
        next: (query) => query.drop(),
        expect: { passed: true, dropped: true },
      },
    ],
    { it },
  )

  testOptions(minimal, [{ text: 'minimal\nminimal' }, { text: 'minimal x', error: /./, at: 'x' }], {
    it,
  })
  lifeCycleSuite(minimal, 'minimal', { it, bad: { corefile: 'minimal x', at: 'x' } })
})
