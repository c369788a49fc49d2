import { FakeClock } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { ServerBlock } from '../corefile/parse.ts'
import { Log } from '../log.ts'
import { Metrics } from '../metrics.ts'
import type { WorkerHandlers } from './channel.ts'
import type { NumberedRequest, Request } from './protocol.ts'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from './worker-process.ts'
import { type Spread, Workers } from './workers.ts'

/** A worker that answers when the test says so. */
class FakeWorker {
  readonly handlers: WorkerHandlers
  readonly asked: NumberedRequest[] = []
  isKilled = false
  answers: (request: Request) => unknown = () => null

  constructor(handlers: WorkerHandlers) {
    this.handlers = handlers
  }

  send(request: NumberedRequest): void {
    this.asked.push(request)
    const value = this.answers(request)
    if (value instanceof Error) this.handlers.onReply({ id: request.id, error: value.message })
    else if (value !== undefined) this.handlers.onReply({ id: request.id, value })
  }

  kinds(): string[] {
    return this.asked.map(({ kind }) => kind)
  }
}

function setUp(answers: (request: Request) => unknown = () => null) {
  const clock = new FakeClock()
  const lines: string[] = []
  const started: FakeWorker[] = []
  const failing = { reason: '' }
  const metrics = new Metrics()
  const workers = new Workers({
    clock,
    metrics,
    log: new Log((line) => lines.push(line)).core,
    processorCount: 4,
    start(handlers) {
      if (failing.reason !== '') throw new Error(failing.reason)
      const worker = new FakeWorker(handlers)
      worker.answers = answers
      started.push(worker)
      return {
        pid: 100 + started.length,
        send: (request) => worker.send(request),
        kill() {
          worker.isKilled = true
          handlers.onGone('SIGKILL')
        },
      }
    },
  })
  return { workers, clock, lines, started, metrics, failing }
}

const block = { keys: [], directives: [], at: undefined } as unknown as ServerBlock

function spread(...counts: number[]): Spread {
  return {
    blocks: [{ source: block, spreadable: [] }],
    places: counts.map((processCount, i) => ({
      label: `dns://:${i}`,
      port: 1000 + i,
      processCount,
    })),
  }
}

describe('workers', () => {
  it('are as many as the place with the most of them asks for, besides this process', async () => {
    const { workers, started } = setUp()
    await workers.follow(spread(3, 2))
    expect(workers.pids).toEqual([101, 102])
    const served = started.map(({ asked }) => (asked[0]?.kind === 'serve' ? asked[0].places : []))
    expect(served).toEqual([
      [
        { label: 'dns://:0', port: 1000 },
        { label: 'dns://:1', port: 1001 },
      ],
      [{ label: 'dns://:0', port: 1000 }],
    ])
  })

  it('are none where nothing is spread, and one less than there are processors for 0', async () => {
    const { workers, metrics } = setUp()
    await workers.follow({ blocks: [], places: [] })
    expect(workers.pids).toEqual([])
    expect([...metrics.families()]).toEqual([])
    await workers.follow(spread(0))
    expect(workers.pids).toHaveLength(3)
  })

  it('go when they are not wanted any more, after what they still have to answer', async () => {
    const { workers, started } = setUp()
    await workers.follow(spread(3))
    await workers.follow(spread(2))
    expect(workers.pids).toEqual([101])
    expect(started[1]?.kinds()).toEqual(['serve', 'stop'])
    expect(started[1]?.isKilled).toBe(true)
    await workers.end()
    expect(started[0]?.kinds()).toEqual(['serve', 'serve', 'stop'])
  })

  it('are waited for at a reload, but not for ever', async () => {
    const { workers, clock } = setUp(() => undefined)
    let isDone = false
    void workers.follow(spread(2)).then(() => {
      isDone = true
    })
    await clock.advance(4000)
    expect(isDone).toBe(false)
    await clock.advance(2000)
    expect(isDone).toBe(true)
  })

  it('start again with what was served, each time later, and are counted', async () => {
    const { workers, clock, lines, started, metrics } = setUp()
    await workers.follow(spread(2))
    for (const [i, waitMs] of [1000, 2000, 4000].entries()) {
      started[i]?.handlers.onGone('SIGSEGV')
      expect(workers.pids).toEqual([])
      expect(lines.at(-1)).toBe(
        '[ERROR] Process 2 ended (SIGSEGV); the others answer, and it is started in ' +
          `${waitMs} ms`,
      )
      await clock.advance(waitMs - 1)
      expect(started).toHaveLength(i + 1)
      await clock.advance(1)
      expect(started).toHaveLength(i + 2)
      expect(started[i + 1]?.kinds()).toEqual(['serve'])
    }
    expect(metrics.value('fingerpost_worker_ended_total')).toBe(3)
  })

  it('are tried again that can not be started', async () => {
    const { workers, clock, lines, started, failing } = setUp()
    failing.reason = 'too many processes'
    await workers.follow(spread(2))
    expect(lines).toEqual([
      '[ERROR] Process 2 ended (too many processes); the others answer, and it is started in 1000 ms',
    ])
    failing.reason = ''
    await clock.advance(1000)
    expect(started[0]?.kinds()).toEqual(['serve'])
  })

  it('are ended that do nothing any more', async () => {
    const { workers, clock, lines, started } = setUp(({ kind }) =>
      kind === 'ping' ? undefined : null,
    )
    await workers.follow(spread(2))
    await clock.advance(PING_INTERVAL_MS + PING_TIMEOUT_MS)
    expect(started[0]?.isKilled).toBe(true)
    expect(lines[0]).toBe('[ERROR] Process 2 does nothing for 15 s')
  })

  it('are ended that can not serve what this process serves', async () => {
    const { workers, lines, started } = setUp(({ kind }) =>
      kind === 'serve' ? new Error('no such address') : null,
    )
    await workers.follow(spread(2))
    expect(lines[0]).toBe('[ERROR] Process 2 does not serve: no such address')
    expect(started[0]?.isKilled).toBe(true)
  })

  it('count on when one is gone, or silent', async () => {
    const requests = { name: 'a_total', kind: 'counter', help: '', labelNames: [], bounds: [] }
    let value: number | undefined = 5
    const { workers, clock, started } = setUp(({ kind }) => {
      if (kind !== 'metrics') return null
      return value && [{ ...requests, series: [{ labelValues: [], value }] }]
    })
    const sum = async (): Promise<number> => {
      const asked = workers.metrics()
      await clock.advance(1000)
      return (await asked).flat().reduce((all, { series }) => all + (series[0]?.value ?? 0), 0)
    }
    await workers.follow(spread(2))
    expect(await sum()).toBe(5)
    value = undefined
    expect(await sum()).toBe(5)
    started[0]?.handlers.onGone('exit status 1')
    expect(await sum()).toBe(5)
    value = 2
    await clock.advance(1000)
    expect(await sum()).toBe(7)
  })

  it('forget what they keep, and tell how much', async () => {
    const { workers } = setUp(({ kind }) => (kind === 'flush' ? 3 : null))
    await workers.follow(spread(3))
    expect(await workers.flush({ name: undefined, isSubtree: false, type: undefined })).toBe(6)
  })
})
