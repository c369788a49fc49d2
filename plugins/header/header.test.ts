import { lifeCycleSuite, loadPlugin, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import header from './index.ts'

const block = (...lines: string[]) => `header {\n ${lines.join('\n ')}\n}`

describe('header', () => {
  testPlugin(
    header,
    block('response set ra', 'response clear aa rd'),
    [
      {
        name: 'changes the flags of responses',
        query: 'x.test A',
        next: { flags: 'aa' },
        expect: { passed: true, flags: 'ra' },
      },
      {
        name: 'lets failures of the server itself be',
        query: 'x.test A',
        next: (query) => query.reply({ rcode: 2 }),
        expect: { passed: true, rcode: 'SERVFAIL', flags: 'rd' },
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

  it.each([
    [block('query clear rd', 'query set ra'), 0x0100, 0x0080],
    [block('query set rd', 'query clear rd'), 0x0100, 0],
    [block('query clear rd', 'query set rd aa'), 0, 0x0500],
    [block('response set aa'), 0x0110, 0x0110],
    [`${block('query set aa')}\n${block('query set ra')}`, 0, 0x0400],
  ])('%j makes of a query with flags %i one with %i', async (corefile, flags, expected) => {
    const loaded = await loadPlugin(header, corefile, { next: (query) => query.reply() })
    await loaded.ask('x.test', 'A', { flags })
    const [passed] = loaded.passed
    expect(passed?.flags).toBe(expected)
    // What forwards the query sends its octets.
    expect((passed!.wire[2]! << 8) | passed!.wire[3]!).toBe(expected)
  })

  it('marks the flags that the server must not take from the client', async () => {
    const loaded = await loadPlugin(header, block('response clear rd'), {
      next: (query) => query.reply(),
    })
    const response = await loaded.ask('x.test')
    expect(response.ownFlags).toBe(0x0100)
  })

  it('says that only the first occurrence counts', async () => {
    const { host } = await loadPlugin(header, `${block('query set aa')}\n${block('query set ra')}`)
    expect(host.log.lines).toEqual([expect.stringContaining('the first one counts')])
  })

  testOptions(
    header,
    [
      { text: block('query set rd'), options: [{ block: { query: [['set', ['rd']]] } }] },
      { text: block('response clear aa ra rd', 'response set aa') },
      { text: 'header', error: /needs one line or more/, at: 'header' },
      { text: 'header {\n}', error: /needs one line or more/, at: 'header' },
      { text: 'header x {\n query set aa\n}', error: /argument/, at: 'x' },
      { text: block('response'), error: /./, at: 'response' },
      { text: block('response set'), error: /./, at: 'response' },
      { text: block('query bogus rd'), error: /"bogus"/, at: 'bogus' },
      { text: block('response set zz'), error: /"zz"/, at: 'zz' },
      { text: block('response set cd'), error: /"cd"/, at: 'cd' },
      { text: block('set aa'), error: /no option "set"/, at: 'set' },
    ],
    { it },
  )
  lifeCycleSuite(header, block('response set ra'), {
    it,
    bad: { corefile: block('response set cd'), at: 'cd' },
  })
})
