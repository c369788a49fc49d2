/** Replays one suite: starts what it needs, performs its steps, cleans up. */

import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { compareReplies, compareValues, type Difference } from './comparison.ts'
import { KubeApi, loadKubeFixture } from './kube-api.ts'
import { kubeFixturesDirectory } from './locations.ts'
import type { Observation } from './observation.ts'
import { fillPlaceholders, portNames, unfillText } from './placeholders.ts'
import { type AskContext, ask, askPipelined, describeQuery } from './query.ts'
import { ScratchDirectory } from './scratch.ts'
import { type ServerCommand, ServerProcess } from './server-process.ts'
import type { Ask, Count, Http, Query, Reply, Spread, Step, Suite, Transport } from './suite.ts'
import { Upstream } from './upstream.ts'

/** One compared reply or value; it passed if nothing differs. */
export interface CaseResult {
  readonly label: string
  readonly differences: readonly Difference[]
  /** Why it wasn't compared. */
  readonly skipped?: string
}

/** What came of a suite. */
export interface SuiteResult {
  readonly suite: Suite
  /** One for every case, in order, also for those that weren't reached. */
  readonly cases: readonly CaseResult[]
  /** The end of the server's output. */
  readonly output: string
}

const startTimeoutMs = 15_000
const replyTimeoutMs = 8_000
/** How long a reply must stay away where silence is expected. */
const silenceMs = 700
const retryIntervalMs = 150
/** A server that was silent so often is waited for less long. */
const silencesUntilHaste = 3
const hastyTimeoutMs = 1_000
const shownOutputLines = 20

/** Replays a suite against a fresh server. Never rejects because of what the server does. */
export async function replaySuite(suite: Suite, command: ServerCommand): Promise<SuiteResult> {
  const replay = new Replay(suite)
  const labels = caseLabels(suite)
  const results: (readonly Difference[])[] = []
  let stopped: readonly Difference[] = []
  try {
    await replay.start(command)
    for (const step of suite.steps) results.push(...(await replay.perform(step)))
  } catch (error) {
    stopped = [{ field: 'suite', expected: 'to get here', got: (error as Error).message }]
  }
  await replay.stop()
  const reasons = suite.steps.flatMap((step) =>
    describeCases(step).map(() => (step.kind === 'skipped' ? step.reason : undefined)),
  )
  const cases = labels.map((label, i) => {
    const skipped = reasons[i]
    if (skipped !== undefined) return { label, differences: [], skipped }
    return { label, differences: results[i] ?? stopped }
  })
  return { suite, cases, output: replay.output }
}

/** The labels of a suite's cases, numbered, in the order in which they are performed. */
export function caseLabels(suite: Suite): string[] {
  return suite.steps.flatMap(describeCases).map((label, i) => `${i + 1}: ${label}`)
}

function describeCases(step: Step): string[] {
  switch (step.kind) {
    case 'ask':
      return [describeQuery(step)]
    case 'pipeline':
      return step.pipeline.map((each) => `${describeQuery(each)} [pipelined]`)
    case 'together':
      return step.together.map((each) => `${describeQuery(each)} [together]`)
    case 'spread':
      return [`${describeQuery(step.spread)} × ${step.times}`]
    case 'count':
      return [`queries seen by ${step.count}`]
    case 'http':
      return [step.http]
    case 'skipped':
      return describeCases(step.skipped)
    default:
      return []
  }
}

/** The state of one replay. */
class Replay {
  readonly #suite: Suite
  readonly #scratch = new ScratchDirectory()
  readonly #values: Record<string, string> = { dir: this.#scratch.path }
  readonly #upstreams = new Map<string, Upstream>()
  #server: ServerProcess | undefined
  #cluster: KubeApi | undefined
  #silenceCount = 0

  constructor(suite: Suite) {
    this.#suite = suite
  }

  get output(): string {
    return this.#server?.lastLines(shownOutputLines) ?? ''
  }

  async start(command: ServerCommand): Promise<void> {
    const { corefile, files, ready, upstreams, carrier } = this.#suite
    for (const name of portNames(this.#suite)) this.#values[name] = String(await freePort())
    for (const [name, script] of Object.entries(upstreams)) {
      const upstream = new Upstream(await freePort(), script)
      this.#upstreams.set(name, upstream)
      this.#values[name] = upstream.address
      await upstream.start()
    }
    const { kubernetes, apiAvailable } = this.#suite
    if (kubernetes !== undefined) {
      const objects = loadKubeFixture(kubernetes, kubeFixturesDirectory)
      this.#cluster = new KubeApi(await freePort(), objects, apiAvailable ?? true)
      this.#values.apiserver = this.#cluster.url
      await this.#cluster.start()
    }
    this.#scratch.write({ ...files, Corefile: corefile }, this.#values)
    this.#server = new ServerProcess(command, {
      corefile: this.#scratch.corefile,
      port: this.#port,
      directory: this.#scratch.path,
      env: {},
    })
    const host = ready.host ?? '127.0.0.1'
    const state = await this.#server.waitForStart(host, this.#port, startTimeoutMs, carrier)
    if (state === 'ready') return
    const problem =
      state === 'ended' ? `the server ended (${this.#server.status})` : 'the server does not answer'
    throw new Error(problem)
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    await Promise.all(Array.from(this.#upstreams.values(), (upstream) => upstream.stop()))
    await this.#cluster?.stop()
    this.#scratch.remove()
  }

  /** Performs a step; returns the differences of each of its cases. */
  async perform(recorded: Step): Promise<(readonly Difference[])[]> {
    const step = fillPlaceholders(recorded, this.#values)
    switch (step.kind) {
      case 'ask':
        return [await this.#ask(step)]
      case 'pipeline': {
        const observations = await askPipelined(step.pipeline, step, this.#context(step))
        return step.pipeline.map((each, i) =>
          this.#compare(each, observations[i] ?? { silence: true }),
        )
      }
      case 'together':
        return this.#askTogether(step.together, step.staggerMs ?? 0)
      case 'spread':
        return [await this.#spread(step)]
      case 'count':
        return [this.#count(step)]
      case 'http':
        return [await this.#fetch(step)]
      case 'wait':
        await sleep(step.wait)
        return []
      case 'write':
        this.#scratch.write(step.write, this.#values)
        return []
      case 'remove':
        this.#scratch.removeFile(step.remove)
        return []
      case 'signal':
        this.#server?.signal(step.signal)
        return []
      case 'upstream':
        await this.#upstream(step.upstream).change(step.change)
        return []
      case 'kubernetes':
        await this.#cluster?.change(step.kubernetes)
        return []
      case 'skipped':
        if (step.isPerformed) await this.perform(step.skipped)
        return describeCases(step.skipped).map(() => [])
    }
  }

  async #ask(step: Ask): Promise<readonly Difference[]> {
    const startedMs = performance.now()
    for (;;) {
      const { observation, tookMs } = await ask(step, this.#context(step))
      this.#noteSilence(step, observation)
      const differences = this.#compare(step, observation)
      if (step.maxMs !== undefined && tookMs > step.maxMs) {
        const got = `${Math.round(tookMs)} ms`
        differences.push({ field: 'time', expected: `at most ${step.maxMs} ms`, got })
      }
      const isOver = performance.now() - startedMs > (step.within ?? 0)
      if (differences.length === 0 || isOver) return differences
      await sleep(retryIntervalMs)
    }
  }

  #askTogether(steps: readonly Ask[], staggerMs: number): Promise<(readonly Difference[])[]> {
    return Promise.all(
      steps.map(async (step, i) => {
        await sleep(i * staggerMs)
        return this.#compare(step, (await ask(step, this.#context(step))).observation)
      }),
    )
  }

  async #spread(step: Spread): Promise<readonly Difference[]> {
    const firsts = new Set<string>()
    const query: Query = { ...step.spread, order: 'exact' }
    for (let i = 0; i < step.times; i++) {
      const { observation } = await ask(query, this.#context(query))
      firsts.add(firstAnswer(observation))
      // One silence is enough to differ, and each costs the whole time.
      if ('silence' in observation) break
    }
    return compareValues(step.expect, { firsts: [...firsts].sort() })
  }

  #count(step: Count): readonly Difference[] {
    const { udp, tcp } = this.#upstream(step.count).takeCounts()
    return compareValues(step.expect, step.sum ? { total: udp + tcp } : { udp, tcp })
  }

  async #fetch(step: Http): Promise<readonly Difference[]> {
    const patterns = step.pick?.map((pattern) => new RegExp(pattern))
    try {
      const response = await fetch(step.http, { signal: AbortSignal.timeout(replyTimeoutMs) })
      const body = await response.text()
      const seen = patterns === undefined ? { body } : { lines: this.#pickLines(body, patterns) }
      return compareValues(step.expect, { status: response.status, ...seen })
    } catch (error) {
      const { message, cause } = error as Error
      const got = `${message} ${cause ?? ''}`
      return 'failed' in step.expect ? [] : [{ field: 'http', expected: step.expect, got }]
    }
  }

  /** The lines that fit, with the numbers of this run's ports taken out again. */
  #pickLines(body: string, patterns: readonly RegExp[]): string[] {
    const ports = Object.entries(this.#values).filter(([name]) => name.startsWith('port'))
    return body
      .split('\n')
      .filter((line) => patterns.some((pattern) => pattern.test(line)))
      .map((line) => unfillText(line, Object.fromEntries(ports)))
      .sort()
  }

  #compare(step: Ask, observation: Observation): Difference[] {
    const reasons = [...this.#suite.tolerate, ...(step.tolerate ?? [])]
    return compareReplies(step.expect, observation, {
      ttl: this.#suite.ttl,
      names: reasons.map((reason) => reason.split(':')[0] ?? reason),
      isOrdered: step.order === 'exact',
    })
  }

  #context({ expect, timeout }: Transport & { expect?: Reply }): AskContext {
    let timeoutMs = timeout ?? replyTimeoutMs
    if (this.#silenceCount >= silencesUntilHaste) timeoutMs = hastyTimeoutMs
    if (expect !== undefined && 'silence' in expect) timeoutMs = silenceMs
    const { carrier, mask: masks } = this.#suite
    return { port: this.#port, carrier, masks, timeoutMs }
  }

  #noteSilence(step: Ask, observation: Observation): void {
    if ('silence' in step.expect) return
    this.#silenceCount = 'silence' in observation ? this.#silenceCount + 1 : 0
  }

  get #port(): number {
    return Number(this.#values.port)
  }

  #upstream(name: string): Upstream {
    const upstream = this.#upstreams.get(name)
    if (upstream === undefined) throw new Error(`no upstream is called ${name}`)
    return upstream
  }
}

/** The type and rdata of the first answer that is no alias, or else the rcode. */
function firstAnswer(observation: Observation): string {
  if ('silence' in observation) return 'no reply'
  if ('malformed' in observation) return 'malformed reply'
  const first = observation.answer?.find((record) => !record.includes(' CNAME '))
  return first?.split(' ').slice(3).join(' ') ?? observation.rcode
}
