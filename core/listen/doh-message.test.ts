import { makeQuery, type ReplyText, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { isQuery, MAX_PARAMETER_SIZE, maxAgeSeconds, messageInQuery } from './doh-message.ts'
import { testListener } from './test-peer.ts'

describe('messageInQuery', () => {
  it.each([
    ['dns=AAEC', [0, 1, 2]],
    ['dns=AAE', [0, 1]],
    ['dns=-_8', [0xfb, 0xff]],
    ['a=b&dns=AA&c=d', [0]],
    ['dns=%41%41', [0]],
    ['dns=', []],
  ])('reads %s', (search, octets) => {
    expect([...(messageInQuery(search) as Uint8Array)]).toEqual(octets)
  })

  it('reads the longest message and no longer text', () => {
    const longest = messageInQuery(`dns=${'A'.repeat(MAX_PARAMETER_SIZE)}`)
    expect(longest.length).toBe(65_536)
    expect(messageInQuery(`dns=${'A'.repeat(MAX_PARAMETER_SIZE + 1)}`)).toMatch('too long')
  })

  it.each([
    ['', 'no'],
    ['name=x', 'no'],
    ['DNS=AA', 'no'],
    ['dns=AA&dns=AA', 'multiple'],
    ['dns=AA==', 'base64url'],
    ['dns=A+A', 'base64url'],
    ['dns=A/A', 'base64url'],
    ['dns=A A', 'base64url'],
    ['dns=AAAAA', 'base64url'],
    ['dns=%00', 'base64url'],
    ['dns=%', 'base64url'],
    ['dns=ÄÄ', 'base64url'],
  ])('refuses %j', (search, reason) => {
    expect(messageInQuery(search)).toMatch(reason)
  })
})

describe('isQuery', () => {
  const exchange = { listener: testListener('https')(443), clientAddress: '', clientPort: 1 }
  const whole = makeQuery('www.example.org', 'A', { edns: {} }).wire

  it('is true for a query, and false for one cut short in its header or name', () => {
    expect(isQuery(whole, exchange)).toBe(true)
    for (let size = 0; size < 12; size++) {
      expect(isQuery(whole.slice(0, size), exchange)).toBe(false)
    }
    expect(isQuery(whole.slice(0, 20), exchange)).toBe(false)
    expect(isQuery(whole.slice(0, whole.length - 1), exchange)).toBe(false)
  })
})

describe('maxAgeSeconds', () => {
  const soa = 'x.test. 900 IN SOA ns.x.test. admin.x.test. 1 2 3 4 60'
  const rows: readonly [string, ReplyText, number][] = [
    ['the least TTL', { answer: ['x.test. 300 IN A 192.0.2.1', 'x.test. 30 IN A 192.0.2.2'] }, 30],
    [
      'the least TTL of all sections',
      { answer: ['x.test. 300 IN A 192.0.2.1'], additional: ['y.test. 7 IN A 192.0.2.2'] },
      7,
    ],
    ['an hour at most', { answer: ['x.test. 86400 IN A 192.0.2.1'] }, 3600],
    ['0 for TTL 0', { additional: ['x.test. 0 IN A 192.0.2.1'] }, 0],
    ['the TTL of the SOA without an answer', { authority: [soa] }, 900],
    ['the TTL of the SOA without the name', { rcode: 'NXDOMAIN', authority: [soa] }, 900],
    ['5 for NXDOMAIN without SOA', { rcode: 'NXDOMAIN' }, 5],
    ['5 for nothing at all', {}, 5],
    ['5 for a referral', { authority: ['x.test. 900 IN NS ns.x.test.'] }, 5],
    ['5 for SERVFAIL', { rcode: 'SERVFAIL', answer: ['x.test. 300 IN A 192.0.2.1'] }, 5],
    ['5 for REFUSED', { rcode: 'REFUSED', authority: [soa] }, 5],
  ]
  it.each(rows)('is %s', (_, text, seconds) => {
    const { wire, size } = replyWith(text)(makeQuery('x.test', 'A'))
    expect(maxAgeSeconds(wire.slice(0, size))).toBe(seconds)
  })

  it('is 5 for transfers', () => {
    const { wire, size } = replyWith({ answer: [soa] })(makeQuery('x.test', 'AXFR'))
    expect(maxAgeSeconds(wire.slice(0, size))).toBe(5)
  })
})
