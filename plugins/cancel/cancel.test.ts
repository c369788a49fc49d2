import type { Message, Query } from '@fingerpost/sdk'
import {
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import cancel from './index.ts'

/** A plugin behind *cancel* whose answer the test gives. */
async function start(corefile: string) {
  const host = fakeHost({ plugin: 'cancel' })
  let finish: (message: Message) => void = () => {}
  const loaded = await loadPlugin(cancel, corefile, {
    host,
    next: () =>
      new Promise((resolve) => {
        finish = resolve
      }),
  })
  const query: Query = makeQuery('a.test', 'A')
  const outcomes: string[] = []
  const asked = loaded.ask(query).then((message) => outcomes.push(formatMessage(message).rcode))
  return {
    loaded,
    outcomes,
    asked,
    clock: host.clock,
    finish: () => finish(replyWith({ rcode: 'NXDOMAIN' })(query)),
  }
}

describe('cancel', () => {
  it.each([
    ['cancel', 5001],
    ['cancel 1s', 1000],
    ['cancel 1s\ncancel 2s', 2000],
  ])('%j answers with SERVFAIL after %d ms', async (corefile, timeoutMs) => {
    const { outcomes, clock } = await start(corefile)
    await clock.advance(timeoutMs - 1)
    expect(outcomes).toEqual([])
    await clock.advance(1)
    expect(outcomes).toEqual(['SERVFAIL'])
    expect(clock.openTimers).toBe(0)
  })

  it('lets an answer in time through and ends its timer', async () => {
    const { outcomes, clock, finish } = await start('cancel 1s')
    await clock.advance(999)
    finish()
    await clock.settle()
    expect(outcomes).toEqual(['NXDOMAIN'])
    expect(clock.openTimers).toBe(0)
  })

  it('ignores an answer that comes too late', async () => {
    const { outcomes, asked, clock, finish } = await start('cancel 1s')
    await clock.advance(1000)
    finish()
    await asked
    await clock.settle()
    expect(outcomes).toEqual(['SERVFAIL'])
  })

  it('says why', async () => {
    const host = fakeHost({ plugin: 'cancel' })
    const loaded = await loadPlugin(cancel, 'cancel 1500ms', {
      host,
      next: () => new Promise(() => {}),
    })
    const asked = loaded.ask('a.test', 'A')
    await host.clock.advance(1500)
    expect((await asked).cause).toMatchObject({
      code: 'query-cancelled',
      message: 'no answer within 1s500ms',
    })
  })

  it('needs neither a timer nor a promise for what is answered at once', async () => {
    const host = fakeHost({ plugin: 'cancel' })
    let openTimers = -1
    const next = (query: Query): Message => {
      openTimers = host.clock.openTimers
      return query.reply()
    }
    const loaded = await loadPlugin(cancel, 'cancel', { host, next })
    expect(loaded.run(makeQuery('a.test', 'A'))).not.toBeInstanceOf(Promise)
    expect(openTimers).toBe(0)
  })

  testOptions(
    cancel,
    [
      { text: 'cancel x', error: /duration/, at: 'x' },
      { text: 'cancel 0s', error: /at least 1ms/, at: '0s' },
      { text: 'cancel 1s 2s', error: /./, at: '2s' },
    ],
    { it },
  )

  lifeCycleSuite(cancel, 'cancel 1s', {
    it,
    next: async (query) => query.reply(),
    bad: { corefile: 'cancel -1s', at: '-1s' },
  })
})
