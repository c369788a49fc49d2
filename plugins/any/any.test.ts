import { lifeCycleSuite, loadPlugin, testPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import any from './index.ts'

const answer = ['X.a.test. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"']

describe('any', () => {
  testPlugin(
    any,
    'any',
    [
      { query: 'X.a.test ANY', expect: { flags: 'rd', answer, passed: false } },
      {
        query: 'X.a.test ANY',
        options: { transport: 'tcp', flags: '' },
        expect: { flags: '', answer },
      },
      { query: 'x.a.test A', expect: { passed: true } },
      { query: 'x.a.test HINFO', expect: { passed: true } },
    ],
    { it },
  )

  it('says that it ignores arguments', async () => {
    const { host } = await loadPlugin(any, 'any thing')
    expect(host.log.lines).toEqual([expect.stringMatching(/^\[WARNING\] plugin\/any: .*ignored$/)])
  })

  lifeCycleSuite(any, 'any', { it, query: 'example.org ANY' })
})
