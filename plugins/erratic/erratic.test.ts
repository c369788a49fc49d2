import {
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import erratic from './index.ts'

describe('erratic', () => {
  testPlugin(
    erratic,
    'erratic {\n drop 0\n}',
    [
      { query: 'X.test A', expect: { flags: 'aa rd', answer: ['X.test. 0 IN A 192.0.2.53'] } },
      { query: 'x.test AAAA', expect: { answer: ['x.test. 0 IN AAAA 2001:db8::53'] } },
      { query: 'x.test MX', expect: { rcode: 'SERVFAIL', flags: 'rd', passed: false } },
    ],
    { it },
  )

  it.each([
    ['erratic', '- 1 - 1'],
    ['erratic {\n drop 3\n}', '- 1 1 - 1'],
    ['erratic {\n drop 0\n}', '1 1 1'],
    ['erratic {\n truncate 2\n}', 'tc tc 1 1 tc'],
    ['erratic {\n truncate\n}', 'tc tc 1 1 tc'],
    ['erratic {\n truncate 2\n drop\n}', '- tc - 1 - tc'],
    ['erratic {\n large\n drop 0\n}', '30'],
    ['erratic {\n drop 0\n}\nerratic {\n drop 2\n}', '- 1'],
  ])('%j answers as %s', async (corefile, expected) => {
    const loaded = await loadPlugin(erratic, corefile)
    const seen = []
    for (const _ of expected.split(' ')) {
      const response = await loaded.ask('x.test')
      seen.push(response.isDropped ? '-' : response.isTruncated ? 'tc' : response.answerCount)
    }
    expect(seen.join(' ')).toBe(expected)
  })

  it('delays every second response', async () => {
    const loaded = await loadPlugin(erratic, 'erratic {\n delay 2 150ms\n}')
    const { clock } = loaded.host
    const start = clock.now()
    const times: number[] = []
    for (const _ of [1, 2]) void loaded.ask('x.test').then(() => times.push(clock.now() - start))
    await clock.advance(1000)
    expect(times).toEqual([0, 150])
  })

  it('answers what still waits when it is shut down', async () => {
    const loaded = await loadPlugin(erratic, 'erratic {\n delay 1\n}')
    const response = loaded.ask('x.test')
    await loaded.shutdown()
    expect((await response).answerCount).toBe(1)
  })

  it.each([
    ['erratic {\n drop 0\n}', 6, true],
    ['erratic {\n truncate 2\n}', 5, false],
  ])('transfers a small zone: %j', async (corefile, count, isWhole) => {
    const loaded = await loadPlugin(erratic, corefile)
    const response = await loaded.ask(makeQuery('z.test AXFR', undefined, { transport: 'tcp' }))
    const { answer } = formatMessage(response)
    expect(answer).toHaveLength(count)
    expect(answer).toContain('a.z.test. 0 IN AAAA 2001:bd8::53')
    expect(answer[0] === answer.at(-1)).toBe(isWhole)
  })

  testOptions(
    erratic,
    [
      { text: 'erratic' },
      {
        text: 'erratic {\n drop\n delay 3 10ms\n}',
        options: [{ block: { drop: [2], delay: [3, 10] } }],
      },
      { text: 'erratic {\n drop x\n}', error: /./, at: 'x' },
      { text: 'erratic {\n drop -1\n}', error: /./, at: '-1' },
      { text: 'erratic {\n drop 1 2\n}', error: /./, at: '2' },
      { text: 'erratic {\n delay 2 x\n}', error: /./, at: 'x' },
      { text: 'erratic {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
  lifeCycleSuite(erratic, 'erratic {\n delay 1\n}', {
    it,
    bad: { corefile: 'erratic {\n nosuch\n}', at: 'nosuch' },
  })
})
