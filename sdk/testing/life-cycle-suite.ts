/** The life of a plugin instance, asserted alike for every plugin. */

import type { PluginOptions } from '../options/schema.ts'
import type { Plugin } from '../plugin.ts'
import { mismatch } from './expect-message.ts'
import { type FakeHost, fakeHost } from './fake-host.ts'
import { type LoadedPlugin, loadPlugin, type NextAnswer } from './load-plugin.ts'
import { makeQuery } from './make-query.ts'
import { configErrorsOf, type It } from './test-plugin.ts'

// A plugin that is not ready after this much of the fake clock never will be.
const READY_LIMIT_MS = 60_000
const READY_STEP_MS = 500

/** What the suite needs to know of a plugin. */
export interface LifeCycleOptions {
  readonly it: It
  /** The question asked of every instance: `example.org A` by default. */
  readonly query?: string
  readonly next?: NextAnswer
  /** Makes the plugin's surroundings: files, upstreams. */
  readonly host?: () => FakeHost
  /** A wrong configuration and the word that its error must point at. */
  readonly bad?: { readonly corefile: string; readonly at: string }
}

/** Declares the tests of the life cycle: set-up, readiness, queries, reload, shutdown. */
export function lifeCycleSuite<const O extends PluginOptions>(
  plugin: Plugin<O>,
  corefile: string,
  { it, query = 'example.org A', next, host, bad }: LifeCycleOptions,
): void {
  const start = async (): Promise<LoadedPlugin<O>> => {
    const surroundings = host?.() ?? fakeHost({ plugin: plugin.name })
    return loadPlugin(plugin, corefile, { host: surroundings, ...(next && { next }) })
  }

  it('opens no timer that outlives its setup when it is shut down before it started', async () => {
    const surroundings = host?.() ?? fakeHost({ plugin: plugin.name })
    const loaded = await loadPlugin(plugin, corefile, { host: surroundings, start: false })
    await loaded.shutdown()
    await expectNothingOpen(loaded.host)
  })

  it('gets ready, answers, and leaves nothing open after its shutdown', async () => {
    const loaded = await start()
    await expectReady(loaded)
    await expectAnswer(loaded, query)
    await loaded.shutdown()
    await expectNothingOpen(loaded.host)
  })

  it('answers through two reloads and leaves nothing open after the last', async () => {
    const first = await start()
    await expectReady(first)
    await expectAnswer(first, query)
    const second = await first.reload()
    await expectReady(second)
    await expectAnswer(second, query)
    const third = await second.reload()
    await expectReady(third)
    await expectAnswer(third, query)
    await third.shutdown()
    await expectNothingOpen(third.host)
  })

  it('lives beside a second instance of itself', async () => {
    const first = await start()
    const second = await loadPlugin(plugin, corefile, {
      host: first.host.successor({}),
      ...(next && { next }),
    })
    await expectReady(second)
    await first.shutdown()
    await expectAnswer(second, query)
    await second.shutdown()
    await expectNothingOpen(second.host)
  })

  if (bad !== undefined) {
    it(`points at '${bad.at}' when its configuration is wrong`, async () => {
      const surroundings = host?.() ?? fakeHost({ plugin: plugin.name })
      const errors = await configErrorsOf(() =>
        loadPlugin(plugin, bad.corefile, { host: surroundings }),
      )
      const words = errors.map((error) => error.at?.text)
      if (!words.includes(bad.at)) throw mismatch('no error points there', words, [bad.at])
    })
  }
}

async function expectReady({
  handler,
  host,
}: Pick<LoadedPlugin, 'handler' | 'host'>): Promise<void> {
  const endMs = host.clock.now() + READY_LIMIT_MS
  while (handler.ready?.() === false) {
    if (host.clock.now() >= endMs) throw new Error(`not ready after ${READY_LIMIT_MS} ms`)
    await host.clock.advance(READY_STEP_MS)
  }
}

async function expectAnswer<O extends PluginOptions>(
  loaded: LoadedPlugin<O>,
  query: string,
): Promise<void> {
  const answer = loaded.ask(makeQuery(query))
  let isAnswered = false
  void answer.then(() => {
    isAnswered = true
  })
  await loaded.host.clock.settle()
  // Upstreams and timeouts may take their time, which passes only on demand.
  for (let waitedMs = 0; !isAnswered && waitedMs < READY_LIMIT_MS; waitedMs += READY_STEP_MS) {
    await loaded.host.clock.advance(READY_STEP_MS)
  }
  if (!isAnswered) throw new Error(`no answer to ${query} after ${READY_LIMIT_MS} ms`)
  const response = await answer
  const cause = response.cause
  if (cause instanceof Error && cause.name !== 'DnsError') throw cause
}

async function expectNothingOpen({ clock, network }: FakeHost): Promise<void> {
  await clock.settle()
  const open = { timers: clock.openTimers, sockets: network.openSockets }
  if (open.timers > 0 || open.sockets > 0) {
    throw mismatch('something is open after the shutdown', open, { timers: 0, sockets: 0 })
  }
}
