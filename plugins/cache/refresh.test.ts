import type { Message, Query } from '@fingerpost/sdk'
import {
  formatMessage,
  type LoadedPlugin,
  loadPlugin,
  type NextAnswer,
  type ReplyText,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import cache from './index.ts'

const nxdomain: ReplyText = {
  rcode: 'NXDOMAIN',
  authority: ['example.org. 5 IN SOA ns.example.org. mail.example.org. 1 7200 1800 86400 30'],
}
const failing: NextAnswer = replyWith({ rcode: 'SERVFAIL' })

function address(octet: number, ttlSeconds = 5): NextAnswer {
  return replyWith({ answer: [`www.example.org. ${ttlSeconds} IN A 192.0.2.${octet}`] })
}

function counting(ttlSeconds: number): NextAnswer {
  let count = 0
  return (query) => address(++count, ttlSeconds)(query)
}

/** TTL and last octet of the address, or the RCODE. */
async function ask(loaded: LoadedPlugin): Promise<string> {
  return read(await loaded.ask('www.example.org', 'A'))
}

function read(message: Message): string {
  const { rcode, answer } = formatMessage(message)
  const match = /^\S+ (\d+) IN A 192\.0\.2\.(\d+)$/.exec(answer[0] ?? '')
  return match === null ? rcode : `${match[1]} .${match[2]}`
}

describe('prefetch', () => {
  const load = (): Promise<LoadedPlugin> =>
    loadPlugin(cache, 'cache {\n prefetch 2 1m 50%\n}', { next: counting(8) })

  it('refreshes a popular entry once when little of its TTL is left', async () => {
    const loaded = await load()
    for (let i = 0; i < 4; i++) await ask(loaded)
    expect(loaded.passed).toHaveLength(1)
    await loaded.host.clock.advance(4000)
    expect(await ask(loaded)).toBe('4 .1')
    expect(loaded.passed).toHaveLength(2)
    expect(await ask(loaded)).toBe('8 .2')
    expect(loaded.passed).toHaveLength(2)
    expect(loaded.host.metrics.value('coredns_cache_prefetch_total')).toBe(1)
  })

  it('leaves entries alone that are asked for rarely', async () => {
    const loaded = await load()
    await ask(loaded)
    await loaded.host.clock.advance(4500)
    expect(await ask(loaded)).toBe('4 .1')
    expect(loaded.passed).toHaveLength(1)
  })

  it('carries the popularity over to the new entry', async () => {
    const loaded = await load()
    for (let i = 0; i < 3; i++) await ask(loaded)
    for (let i = 2; i < 5; i++) {
      await loaded.host.clock.advance(4000)
      await ask(loaded)
      expect(loaded.passed).toHaveLength(i)
    }
  })

  it('counts anew after a pause', async () => {
    const text = 'cache {\n prefetch 2 1s 90%\n}'
    const loaded = await loadPlugin(cache, text, { next: counting(8) })
    for (let i = 0; i < 4; i++) {
      await ask(loaded)
      await loaded.host.clock.advance(1500)
    }
    expect(loaded.passed).toHaveLength(1)
    await ask(loaded)
    await ask(loaded)
    expect(loaded.passed).toHaveLength(2)
  })

  it('answers at once while the refresh is under way, of which there is only one', async () => {
    const loaded = await load()
    for (let i = 0; i < 3; i++) await ask(loaded)
    await loaded.host.clock.advance(5000)
    let release = (_: Message): void => {}
    let asked: Query | undefined
    loaded.next = (query) => {
      asked = query
      return new Promise((resolve) => {
        release = resolve
      })
    }
    expect(await ask(loaded)).toBe('3 .1')
    expect(await ask(loaded)).toBe('3 .1')
    expect(loaded.passed).toHaveLength(2)
    release((await address(9)(asked as Query)) as Message)
    await loaded.host.clock.settle()
    expect(await ask(loaded)).toBe('5 .9')
  })

  it('keeps the entry when the refresh fails', async () => {
    const loaded = await load()
    for (let i = 0; i < 3; i++) await ask(loaded)
    await loaded.host.clock.advance(5000)
    loaded.next = failing
    expect(await ask(loaded)).toBe('3 .1')
    expect(await ask(loaded)).toBe('3 .1')
  })

  it('asks over a stream when the reply was truncated', async () => {
    const loaded = await load()
    for (let i = 0; i < 3; i++) await ask(loaded)
    await loaded.host.clock.advance(5000)
    loaded.next = (query) =>
      query.isStream ? address(7)(query) : replyWith({ flags: 'tc' })(query)
    await ask(loaded)
    expect(loaded.passed.map((query) => query.listener.transport)).toEqual(['udp', 'udp', 'tcp'])
    expect(await ask(loaded)).toBe('5 .7')
  })
})

describe('serve_stale immediate', () => {
  const load = async (words = '', next: NextAnswer = counting(5)): Promise<LoadedPlugin> => {
    const loaded = await loadPlugin(cache, `cache {\n serve_stale ${words}\n}`, { next })
    await ask(loaded)
    return loaded
  }

  it('serves an expired entry with TTL 0 at once and refreshes it', async () => {
    const loaded = await load()
    await loaded.host.clock.advance(5000)
    expect(await ask(loaded)).toBe('0 .1')
    expect(await ask(loaded)).toBe('5 .2')
    expect(loaded.passed).toHaveLength(2)
    expect(loaded.host.metrics.value('coredns_cache_served_stale_total')).toBe(1)
    expect(loaded.host.metrics.value('coredns_cache_hits_total')).toBe(2)
  })

  it('serves with the TTL it was given, or the original one with keepttl', async () => {
    const loaded = await load('1h immediate 17s')
    await loaded.host.clock.advance(6000)
    expect(await ask(loaded)).toBe('17 .1')
    const keeping = await load('\n keepttl')
    await keeping.host.clock.advance(6000)
    expect(await ask(keeping)).toBe('5 .1')
  })

  it('serves while the upstream fails, until the entry has been expired for too long', async () => {
    const loaded = await load('10s')
    loaded.next = failing
    await loaded.host.clock.advance(14_999)
    expect(await ask(loaded)).toBe('0 .1')
    await loaded.host.clock.advance(1)
    expect(await ask(loaded)).toBe('SERVFAIL')
  })

  it('serves nothing expired with a duration of 0', async () => {
    const loaded = await load('0')
    await loaded.host.clock.advance(5000)
    expect(await ask(loaded)).toBe('5 .2')
  })

  it('tries a failed refresh again with the next query, or after the time it was given', async () => {
    const loaded = await load()
    const patient = await load('1h immediate 0s 10s')
    for (const one of [loaded, patient]) {
      one.next = failing
      await one.host.clock.advance(6000)
      for (let i = 0; i < 3; i++) expect(await ask(one)).toBe('0 .1')
    }
    expect(loaded.passed).toHaveLength(4)
    expect(patient.passed).toHaveLength(2)
    await patient.host.clock.advance(10_000)
    await ask(patient)
    expect(patient.passed).toHaveLength(3)
  })

  it('forgets a denial when a refresh finds an answer', async () => {
    const loaded = await load('', replyWith(nxdomain))
    loaded.next = address(3, 60)
    await loaded.host.clock.advance(5000)
    expect(await ask(loaded)).toBe('NXDOMAIN')
    expect(await ask(loaded)).toBe('60 .3')
  })

  it('lets a denial take the place of an answer', async () => {
    const loaded = await load()
    loaded.next = replyWith(nxdomain)
    await loaded.host.clock.advance(5000)
    expect(await ask(loaded)).toBe('0 .1')
    expect(await ask(loaded)).toBe('NXDOMAIN')
  })
})

describe('serve_stale verify', () => {
  const load = async (words = '', next: NextAnswer = counting(5)): Promise<LoadedPlugin> => {
    const text = `cache {\n serve_stale 1h verify ${words}\n}`
    const loaded = await loadPlugin(cache, text, { next })
    await ask(loaded)
    await loaded.host.clock.advance(5000)
    return loaded
  }

  it('asks first and gives the new answer', async () => {
    const loaded = await load()
    expect(await ask(loaded)).toBe('5 .2')
    expect(loaded.host.metrics.value('coredns_cache_served_stale_total')).toBe(0)
  })

  it('gives a new NXDOMAIN', async () => {
    const loaded = await load()
    loaded.next = replyWith(nxdomain)
    expect(await ask(loaded)).toBe('NXDOMAIN')
  })

  it.each([
    ['SERVFAIL', failing],
    ['REFUSED', replyWith({ rcode: 'REFUSED' })],
    ['no reply', (query: Query) => query.drop()],
    [
      'an exception',
      () => {
        throw new Error('broken')
      },
    ],
  ])('falls back on the expired entry after %s, and stores nothing', async (_, next) => {
    const loaded = await load()
    loaded.next = next
    expect(await ask(loaded)).toBe('0 .1')
    expect(await ask(loaded)).toBe('0 .1')
    expect(loaded.passed).toHaveLength(3)
    loaded.next = async (query) => next(query)
    expect(await ask(loaded)).toBe('0 .1')
  })

  it('asks no more for a while after a failure', async () => {
    const loaded = await load('0s 9s 10s')
    loaded.next = failing
    for (let i = 0; i < 3; i++) expect(await ask(loaded)).toBe('9 .1')
    expect(loaded.passed).toHaveLength(2)
    await loaded.host.clock.advance(10_000)
    await ask(loaded)
    expect(loaded.passed).toHaveLength(3)
  })

  it('waits for no longer than its timeout, and stores what comes later', async () => {
    const loaded = await load('300ms 9s')
    const { clock } = loaded.host
    loaded.next = (query) =>
      new Promise((resolve) => {
        clock.afterUncounted(1000, () => resolve(address(4, 50)(query)))
      })
    const asked = [ask(loaded), ask(loaded)]
    await clock.advance(300)
    expect(await Promise.all(asked)).toEqual(['9 .1', '9 .1'])
    expect(loaded.passed).toHaveLength(2)
    await clock.advance(700)
    expect(await ask(loaded)).toBe('50 .4')
    expect(clock.openTimers).toBe(0)
  })

  it('gives an answer that comes in time like a hit, with AA, and forgets a denial', async () => {
    for (const [words, flags] of [
      ['300ms', 'aa rd ra'],
      ['', 'rd ra'],
    ] as const) {
      const loaded = await load(words, replyWith(nxdomain))
      loaded.next = replyWith({ answer: ['www.example.org. 50 IN A 192.0.2.4'], flags: 'ra' })
      const first = formatMessage(await loaded.ask('www.example.org', 'A'))
      expect(first).toMatchObject({ rcode: 'NOERROR', flags })
      await ask(loaded)
      // Without a timeout CoreDNS keeps asking as long as there is the expired denial.
      expect(loaded.passed).toHaveLength(words === '' ? 3 : 2)
    }
  })

  it('gives an answer that comes in time', async () => {
    const loaded = await load('300ms')
    const { clock } = loaded.host
    loaded.next = (query) =>
      new Promise((resolve) => {
        clock.afterUncounted(299, () => resolve(address(4, 50)(query)))
      })
    const asked = [ask(loaded), ask(loaded)]
    await clock.advance(299)
    expect(await Promise.all(asked)).toEqual(['50 .4', '50 .4'])
    expect(loaded.passed).toHaveLength(2)
    expect(clock.openTimers).toBe(0)
  })
})

describe('a failure that is stored', () => {
  it('yields to an answer that is still of use', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: address(1) })
    await ask(loaded)
    await loaded.host.clock.advance(5000)
    loaded.next = failing
    expect(await ask(loaded)).toBe('SERVFAIL')
    // The entries stay, and now an expired one is of use.
    const second = await loaded.reload('cache {\n serve_stale\n}')
    second.next = failing
    expect(await ask(second)).toBe('0 .1')
  })

  it('is served when there is nothing better', async () => {
    const loaded = await loadPlugin(cache, 'cache {\n serve_stale\n}', { next: failing })
    await ask(loaded)
    expect(await ask(loaded)).toBe('SERVFAIL')
    expect(loaded.passed).toHaveLength(1)
  })
})

describe('serve_stale_policy prefer_positive', () => {
  const load = async (words = ''): Promise<LoadedPlugin> => {
    const text = `cache {\n serve_stale ${words}\n serve_stale_policy prefer_positive\n}`
    const loaded = await loadPlugin(cache, text, { next: counting(5) })
    await ask(loaded)
    await loaded.host.clock.advance(5000)
    return loaded
  }

  it.each([
    ['NXDOMAIN', nxdomain],
    ['no data', { authority: nxdomain.authority ?? [] }],
    ['nothing at all', {}],
  ])('keeps the last good answer over %s', async (_, reply) => {
    for (const words of ['10s', '10s verify']) {
      const loaded = await load(words)
      loaded.next = replyWith(reply)
      for (let i = 0; i < 3; i++) expect(await ask(loaded)).toBe('0 .1')
      await loaded.host.clock.advance(10_000)
      expect(await ask(loaded)).not.toContain('.1')
    }
  })

  it('asks no more while a denial is fresh', async () => {
    const loaded = await load()
    loaded.next = replyWith(nxdomain)
    for (let i = 0; i < 5; i++) await ask(loaded)
    expect(loaded.passed).toHaveLength(2)
    await loaded.host.clock.advance(5000)
    await ask(loaded)
    expect(loaded.passed).toHaveLength(3)
  })

  it('takes a new answer', async () => {
    const loaded = await load()
    expect(await ask(loaded)).toBe('0 .1')
    expect(await ask(loaded)).toBe('5 .2')
  })
})
