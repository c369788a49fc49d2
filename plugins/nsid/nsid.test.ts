import { composeNsid, withEdns } from '@fingerpost/sdk'
import { lifeCycleSuite, loadPlugin, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import nsid from './index.ts'

const asking = {
  edns: { size: 1400, options: [composeNsid(), { code: 10, data: new Uint8Array(8) }] },
}
const answer = ['x.test. 60 IN A 192.0.2.1']

describe('nsid', () => {
  testPlugin(
    nsid,
    'nsid Corpus server',
    [
      {
        name: 'names the server to who asks',
        query: 'x.test A',
        options: asking,
        next: { answer },
        expect: {
          passed: true,
          answer,
          edns: { udpSize: 1400, do: true, options: ['3:436f7270757320736572766572'] },
        },
      },
      {
        name: 'says nothing to clients with EDNS that do not ask',
        query: 'x.test A',
        options: { edns: true },
        next: { answer },
        expect: { passed: true, answer, edns: null },
      },
      { query: 'x.test A', next: { answer }, expect: { passed: true, answer, edns: null } },
      {
        name: "keeps the response's own options, but for the name of another server",
        query: 'x.test A',
        options: asking,
        next: (query) =>
          withEdns(query.reply({}), {
            udpSize: 512,
            extendedRcode: 0,
            version: 0,
            flags: 0,
            options: [composeNsid('other'), { code: 15, data: Uint8Array.of(0, 3) }],
          }),
        expect: {
          passed: true,
          edns: {
            udpSize: 512,
            do: false,
            options: ['15:0003', '3:436f7270757320736572766572'],
          },
        },
      },
      {
        name: 'lets a dropped response be',
        query: 'x.test A',
        options: asking,
        next: (query) => query.drop(),
        expect: { passed: true, dropped: true },
      },
    ],
    { it },
  )

  it('gives the name of the machine by default', async () => {
    const loaded = await loadPlugin(nsid, 'nsid', { next: (query) => query.reply() })
    const { edns } = await loaded.ask('x.test', 'A', asking)
    expect(edns?.options).toEqual([composeNsid('host.test')])
  })

  testOptions(
    nsid,
    [
      { text: 'nsid', options: { args: '' } },
      { text: 'nsid a b c', options: { args: 'a b c' } },
      { text: 'nsid\nnsid', error: /once/, at: 'nsid' },
      { text: 'nsid {\n x\n}', error: /no options/, at: 'x' },
    ],
    { it },
  )
  lifeCycleSuite(nsid, 'nsid', { it, bad: { corefile: 'nsid {\n x\n}', at: 'x' } })
})
