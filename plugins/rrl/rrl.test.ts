import {
  lifeCycleSuite,
  loadPlugin,
  type ReplyText,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { Accounts } from './accounts.ts'
import { prefixOf } from './categories.ts'
import rrl from './index.ts'

describe('accounts', () => {
  it('let so many through in a second, and then one for each interval', () => {
    const accounts = new Accounts(15_000, 10)
    const allowed = (nowMs: number): number => {
      let count = 0
      for (let i = 0; i < 50; i++) if (accounts.debit('a', 100, nowMs) === 0) count++
      return count
    }
    expect(allowed(0)).toBe(10)
    // Fifty were asked for: the debt is that of forty.
    expect(accounts.debit('a', 100, 3900)).toBeGreaterThan(0)
    expect(accounts.debit('a', 100, 4300)).toBe(0)
    expect(allowed(60_000)).toBe(10)
  })

  it('owe no more than the window', () => {
    const accounts = new Accounts(2000, 10)
    for (let i = 0; i < 1000; i++) accounts.debit('a', 100, 0)
    expect(accounts.debit('a', 100, 1900)).toBeGreaterThan(0)
    expect(accounts.debit('a', 100, 4200)).toBe(0)
  })

  it('count how often one was in debt', () => {
    const accounts = new Accounts(15_000, 10)
    const outcome = Array.from({ length: 5 }, () => accounts.debit('a', 500, 0))
    expect(outcome).toEqual([0, 0, 1, 2, 3])
  })

  it('are no more than there is room for; those that owe nothing go first', () => {
    const accounts = new Accounts(15_000, 2)
    for (const key of ['a', 'b', 'c']) {
      for (let i = 0; i < 3; i++) accounts.debit(key, 1000, 0)
    }
    expect(accounts.size).toBe(2)
    expect(accounts.debit('c', 1000, 0)).toBe(0)
    expect(accounts.debit('c', 1000, 60_000)).toBe(0)
    expect(accounts.size).toBe(2)
    expect(accounts.debit('c', 1000, 60_000)).toBeGreaterThan(0)
  })
})

describe('networks of clients', () => {
  it.each([
    ['192.0.2.77', 24, 56, '192.0.2.0'],
    ['192.0.2.77', 32, 56, '192.0.2.77'],
    ['192.0.2.77', 20, 56, '192.0.0.0'],
    ['2001:db8:0:1ff::1', 24, 56, '32.1.13.184.0.0.1.0.0.0.0.0.0.0.0.0'],
    ['2001:db8::1', 24, 128, '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['127.0.0.2', 24, 56, undefined],
    ['::1', 24, 56, undefined],
    ['somewhere', 24, 56, undefined],
  ])('%s/%i or /%i: %s', (address, ipv4, ipv6, prefix) => {
    expect(prefixOf(address, ipv4, ipv6)).toBe(prefix)
  })
})

const SOA = 'a.test. 60 IN SOA ns.a.test. me.a.test. 1 2 3 4 60'
const NS = 'sub.a.test. 60 IN NS ns.sub.a.test.'

/** What becomes of the same query asked so often: `answered`, `dropped` or `truncated`, by letters. */
async function run(
  text: string,
  count: number,
  ask: (i: number) => {
    query: string
    client?: string
    transport?: 'udp' | 'tcp'
    upstream?: ReplyText
  },
): Promise<string> {
  const loaded = await loadPlugin(rrl, text, { zones: ['a.test'] })
  let outcome = ''
  for (let i = 0; i < count; i++) {
    const { query, client = '192.0.2.1', transport = 'udp', upstream } = ask(i)
    const [name = '', type = ''] = query.split(' ')
    loaded.next = replyWith(upstream ?? { answer: [`${name}. 60 IN A 192.0.2.9`] })
    const response = await loaded.ask(name, type, { client, transport })
    if (response.isDropped) outcome += 'd'
    else outcome += response.isTruncated && response.answerCount === 0 ? 't' : 'a'
  }
  await loaded.shutdown()
  return outcome
}

describe('rrl', () => {
  const three = 'rrl {\n  responses-per-second 3\n}'

  it('answers a client so often in a second', async () => {
    expect(await run(three, 6, () => ({ query: 'x.a.test A' }))).toBe('aaaddd')
  })
  it('counts networks, not addresses', async () => {
    const ask = (i: number) => ({ query: 'x.a.test A', client: `192.0.2.${i}` })
    expect(await run(three, 6, ask)).toBe('aaaddd')
    const far = (i: number) => ({ query: 'x.a.test A', client: `192.0.${i}.1` })
    expect(await run(three, 6, far)).toBe('aaaaaa')
  })
  it('counts names and types by themselves, whatever their case', async () => {
    expect(await run(three, 6, (i) => ({ query: `x${i}.a.test A` }))).toBe('aaaaaa')
    expect(await run(three, 4, (i) => ({ query: `${i % 2 ? 'X' : 'x'}.a.test A` }))).toBe('aaad')
  })
  it('counts names that do not exist by their zone, and errors together', async () => {
    const nxdomain = { rcode: 'NXDOMAIN', authority: [SOA] }
    const gone = (i: number) => ({ query: `x${i}.a.test A`, upstream: nxdomain })
    expect(await run(three, 5, gone)).toBe('aaadd')
    const failure = { rcode: 'SERVFAIL' }
    const failing = (i: number) => ({ query: `x${i}.a.test TXT`, upstream: failure })
    expect(await run(three, 5, failing)).toBe('aaadd')
  })
  it('has allowances for each kind', async () => {
    const text =
      'rrl {\n  responses-per-second 1\n  nodata-per-second 2\n  referrals-per-second 0\n}'
    const nodata = { authority: [SOA] }
    const referral = { authority: [NS] }
    expect(await run(text, 4, () => ({ query: 'x.a.test A' }))).toBe('addd')
    expect(await run(text, 4, () => ({ query: 'x.a.test A', upstream: nodata }))).toBe('aadd')
    expect(await run(text, 4, () => ({ query: 'x.a.test A', upstream: referral }))).toBe('aaaa')
  })
  it('lets every so manieth slip through, truncated', async () => {
    const text = 'rrl {\n  responses-per-second 1\n  slip-ratio 2\n}'
    expect(await run(text, 7, () => ({ query: 'x.a.test A' }))).toBe('adtdtdt')
  })
  it('limits requests', async () => {
    const text = 'rrl {\n  requests-per-second 2\n}'
    expect(await run(text, 5, (i) => ({ query: `x${i}.a.test A` }))).toBe('aaddd')
  })
  it('leaves TCP, the host itself and other zones alone', async () => {
    const query = 'x.a.test A'
    expect(await run(three, 5, () => ({ query, transport: 'tcp' }))).toBe('aaaaa')
    expect(await run(three, 5, () => ({ query, client: '127.0.0.1' }))).toBe('aaaaa')
    const other = three.replace('rrl', 'rrl b.test')
    expect(await run(other, 5, () => ({ query }))).toBe('aaaaa')
  })
  it('only reports, if that is asked for', async () => {
    const text = 'rrl {\n  responses-per-second 1\n  requests-per-second 1\n  report-only\n}'
    const next = replyWith({ answer: ['x.a.test. 60 IN A 192.0.2.9'] })
    const loaded = await loadPlugin(rrl, text, { zones: ['a.test'], next })
    for (let i = 0; i < 3; i++) {
      const response = await loaded.ask('x.a.test', 'A', { client: '192.0.2.1' })
      expect(response.answerCount).toBe(1)
    }
    for (const what of ['responses', 'requests']) {
      const name = `coredns_rrl_${what}_exceeded_total`
      expect(loaded.host.metrics.value(name, { client_ip: '192.0.2.1' })).toBe(2)
    }
    await loaded.shutdown()
  })

  testOptions(
    rrl,
    [
      { text: 'rrl {\n  window 0\n}', error: /0\.001/, at: '0' },
      { text: 'rrl {\n  ipv4-prefix-length 33\n}', error: /32/, at: '33' },
      { text: 'rrl {\n  ipv6-prefix-length 0\n}', error: /1/, at: '0' },
      { text: 'rrl {\n  responses-per-second -1\n}', error: /0/, at: '-1' },
      { text: 'rrl {\n  report-only yes\n}', error: /./, at: 'yes' },
      { text: 'rrl {\n  slip-ratio 1.5\n}', error: /whole/, at: '1.5' },
    ],
    { it },
  )
  lifeCycleSuite(rrl, three, { it, bad: { corefile: 'rrl {\n  window x\n}', at: 'x' } })
})
