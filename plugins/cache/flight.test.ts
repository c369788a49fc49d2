import { type Message, type Query, Rcode } from '@fingerpost/sdk'
import {
  formatMessage,
  type LoadedPlugin,
  loadPlugin,
  makeQuery,
  type QueryOptions,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { MAX_JOIN_MS, MAX_WAITERS } from './flight.ts'
import cache from './index.ts'

const answer = replyWith({ answer: ['www.example.org. 60 IN A 192.0.2.1'], flags: 'ra ad' })

/** A cache above a chain that answers when it is told to. */
async function loadSlow(text = 'cache'): Promise<{
  loaded: LoadedPlugin
  release: (reply?: (query: Query) => Message) => Promise<void>
}> {
  const waiting: { query: Query; resolve: (message: Message) => void }[] = []
  const loaded = await loadPlugin(cache, text, {
    next: (query) => new Promise((resolve) => waiting.push({ query, resolve })),
  })
  const release = async (reply: (query: Query) => Message = answer): Promise<void> => {
    for (const { query, resolve } of waiting.splice(0)) resolve(reply(query))
    await loaded.host.clock.settle()
  }
  return { loaded, release }
}

function ask(loaded: LoadedPlugin, options?: QueryOptions): Promise<Message> {
  return loaded.ask('www.example.org', 'A', options)
}

describe('concurrent misses', () => {
  it('for one question are one query, and each client gets its own octets', async () => {
    const { loaded, release } = await loadSlow()
    const asked = [
      ask(loaded),
      ask(loaded, { edns: 1232 }),
      loaded.ask('WWW.example.org', 'A'),
      ask(loaded, { transport: 'tcp' }),
    ]
    expect(loaded.passed).toHaveLength(1)
    await release()
    const replies = await Promise.all(asked)
    expect(loaded.passed).toHaveLength(1)
    expect(new Set(replies.map((reply) => reply.wire.buffer)).size).toBe(4)
    for (const reply of replies) {
      expect(formatMessage(reply).answer).toEqual(['www.example.org. 60 IN A 192.0.2.1'])
    }
    expect(loaded.host.metrics.value('fingerpost_cache_shared_total')).toBe(3)
    expect(loaded.host.metrics.value('coredns_cache_misses_total')).toBe(4)
  })

  it('give each client AD by what it asked for itself', async () => {
    const { loaded, release } = await loadSlow()
    const asked = [ask(loaded), ask(loaded, { flags: 'rd ad' }), ask(loaded)]
    await release()
    const flags = (await Promise.all(asked)).map((reply) => formatMessage(reply).flags)
    expect(flags).toEqual(['rd ra', 'rd ra ad', 'rd ra'])
  })

  it.each([
    ['another type', makeQuery('www.example.org', 'AAAA')],
    ['DO', makeQuery('www.example.org', 'A', { edns: { size: 1232, do: true } })],
    ['CD', makeQuery('www.example.org', 'A', { flags: 'rd cd' })],
    ['no RD', makeQuery('www.example.org', 'A', { flags: '' })],
    // It may be its own leader's: waiting would be for ever.
    ['a lookup of its own', makeQuery('www.example.org', 'A', { depth: 1 })],
  ])('with %s are queries of their own', async (_, other) => {
    const { loaded, release } = await loadSlow()
    const asked = [ask(loaded), loaded.ask(other)]
    expect(loaded.passed).toHaveLength(2)
    await release()
    await Promise.all(asked)
  })

  it('share a failure, so that nothing is asked twice of who is in trouble', async () => {
    const { loaded, release } = await loadSlow()
    const asked = [ask(loaded), ask(loaded)]
    const cause = new Error('timeout')
    await release((query) => query.reply({ rcode: Rcode.SERVFAIL, cause }))
    const replies = await Promise.all(asked)
    expect(replies.map((reply) => [reply.rcode, reply.cause])).toEqual([
      [Rcode.SERVFAIL, cause],
      [Rcode.SERVFAIL, cause],
    ])
    expect(loaded.passed).toHaveLength(1)
  })

  it.each([
    ['dropped', (query: Query) => query.drop()],
    ['truncated', replyWith({ flags: 'tc' })],
    ['not to be stored', replyWith({ rcode: 'NXDOMAIN' })],
  ])('ask themselves when the reply is %s', async (_, reply) => {
    const { loaded, release } = await loadSlow()
    const asked = [ask(loaded), ask(loaded), ask(loaded)]
    await release(reply)
    expect(loaded.passed).toHaveLength(3)
    await release()
    const replies = await Promise.all(asked)
    for (const later of replies.slice(1)) expect(later.answerCount).toBe(1)
  })

  it('do not wait a second time for a name whose replies are not for sharing', async () => {
    const { loaded, release } = await loadSlow('cache {\n disable success\n}')
    const asked = [ask(loaded), ask(loaded)]
    await release()
    await release()
    asked.push(ask(loaded), ask(loaded), ask(loaded))
    expect(loaded.passed).toHaveLength(5)
    await release(replyWith({ rcode: 'SERVFAIL' }))
    await Promise.all(asked)
    await loaded.host.clock.advance(60_000)
    asked.push(ask(loaded), ask(loaded))
    expect(loaded.passed).toHaveLength(6)
    await release()
    await release()
    await Promise.all(asked)
  })

  it('ask themselves when the zone is not to be cached', async () => {
    const { loaded, release } = await loadSlow('cache {\n disable success\n}')
    const asked = [ask(loaded), ask(loaded)]
    await release()
    expect(loaded.passed).toHaveLength(2)
    await release()
    await Promise.all(asked)
  })

  it('wait in limited number', async () => {
    const { loaded, release } = await loadSlow()
    const asked = Array.from({ length: MAX_WAITERS + 2 }, () => ask(loaded))
    expect(loaded.passed).toHaveLength(2)
    await release()
    await Promise.all(asked)
  })

  it('are let through for HINFO, which is how *loop* finds a loop', async () => {
    const { loaded, release } = await loadSlow()
    const asked = [1, 2, 3].map(() => loaded.ask('1.2.example.org', 'HINFO'))
    expect(loaded.passed).toHaveLength(3)
    await release(replyWith())
    await Promise.all(asked)
  })

  it('do not join a query that is under way for long', async () => {
    const { loaded, release } = await loadSlow()
    const asked = [ask(loaded)]
    await loaded.host.clock.advance(MAX_JOIN_MS + 1)
    asked.push(ask(loaded), ask(loaded))
    expect(loaded.passed).toHaveLength(2)
    await release()
    await Promise.all(asked)
  })
})

describe('a miss after the reply', () => {
  it('is a query again when nothing was stored', async () => {
    const { loaded, release } = await loadSlow()
    for (let i = 1; i <= 2; i++) {
      const asked = ask(loaded)
      await release(replyWith({ rcode: 'REFUSED' }))
      await asked
      expect(loaded.passed).toHaveLength(i)
    }
  })
})
