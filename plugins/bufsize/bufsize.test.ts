import { lifeCycleSuite, loadPlugin, makeQuery, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import bufsize from './index.ts'

describe('bufsize', () => {
  it.each([
    ['bufsize', 4096, 1232],
    ['bufsize', 1232, 1232],
    ['bufsize', 512, 512],
    ['bufsize 700', 1232, 700],
    ['bufsize 700', 100, 100],
    ['bufsize 700\nbufsize 4096', 1232, 700],
  ])('%j makes %i octets %i', async (corefile, asked, left) => {
    const loaded = await loadPlugin(bufsize, corefile)
    const query = makeQuery('x.test', 'A', { edns: { size: asked, do: true } })
    await loaded.ask(query)
    expect(loaded.passed.map((passed) => passed.ednsSize)).toEqual([left])
    expect(loaded.passed[0]?.isDnssecOk).toBe(true)
    // The server limits the response and echoes the size by the same query.
    expect(query.maxReplySize).toBe(Math.max(left, 512))
  })

  it('adds no OPT record to a query without one', async () => {
    const loaded = await loadPlugin(bufsize, 'bufsize')
    await loaded.ask('x.test')
    expect(loaded.passed[0]?.hasEdns).toBe(false)
  })

  testOptions(
    bufsize,
    [
      { text: 'bufsize', options: [{ args: [1232] }] },
      { text: 'bufsize 4096', options: [{ args: [4096] }] },
      { text: 'bufsize 511', error: /511|512/, at: '511' },
      { text: 'bufsize 4097', error: /4097|4096/, at: '4097' },
      { text: 'bufsize x', error: /./, at: 'x' },
      { text: 'bufsize 512 1232', error: /./, at: '1232' },
    ],
    { it },
  )
  lifeCycleSuite(bufsize, 'bufsize', { it, bad: { corefile: 'bufsize 511', at: '511' } })
})
