/**
 * `npm run fuzz`: tries a great many broken inputs.
 *
 *   npm run fuzz -- [--count N] [--seed S] [--only NAME]
 *   npm run fuzz -- --only NAME --input HEX     tries one input again
 *
 * N is the number of packets over all targets (2,000,000); a tenth as many Corefiles come on top.
 * Each target runs in a thread, which is ended when one input takes more than ten seconds.
 */

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fuzzTarget, tryInput } from './fuzz-target.ts'
import { hex, type Outcome, type Target, unhex } from './target.ts'
import { targets } from './targets.ts'

const HANG_MS = 10_000
const MAX_INPUT = 0xffff
// Shares of all targets but Corefiles.
const PACKET_SHARES = 1200

/** What a thread is told. `shared` holds a counter, the size of the input, and the input. */
interface Order {
  readonly name: string
  readonly count: number
  readonly seed: number
  readonly shared: SharedArrayBuffer
}

if (isMainThread) await main()
else await work(workerData as Order)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '2000000' },
      seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
      only: { type: 'string' },
      input: { type: 'string' },
    },
  })
  const chosen = targets.filter(({ name }) => values.only === undefined || name === values.only)
  const [first] = chosen
  if (first === undefined) {
    console.error(`there is no ${values.only}, but ${targets.map(({ name }) => name).join(', ')}`)
    process.exit(2)
  }
  if (values.input !== undefined) {
    const reason = await tryInput(first, unhex(values.input))
    console.log(reason ?? `${first.name} stands it`)
    process.exit(reason === undefined ? 0 : 1)
  }
  const seed = Number(values.seed)
  console.log(`seed ${seed}`)
  console.log('target           inputs    seconds  worst ms  growth MiB  findings')
  let found = 0
  for (const target of chosen) {
    // Alone, a target gets all the inputs.
    const count =
      values.only === undefined ? countOf(target, Number(values.count)) : Number(values.count)
    const outcome = await runInThread(target, count, seed)
    found += outcome.findings.length
    report(outcome, target)
  }
  console.log(`${found} findings`)
  process.exit(found > 0 ? 1 : 0)
}

function countOf({ name, share }: Target, count: number): number {
  return Math.ceil(name === 'corefiles' ? count / 10 : (count * share) / PACKET_SHARES)
}

function report(
  { target, count, durationMs, worstMs, growthMiB, findings }: Outcome,
  { input }: Target,
): void {
  const columns = [
    target.padEnd(14),
    String(count).padStart(9),
    (durationMs / 1000).toFixed(1).padStart(10),
    worstMs.toFixed(1).padStart(9),
    growthMiB.toFixed(0).padStart(11),
    String(findings.length).padStart(9),
  ]
  console.log(columns.join(' '))
  for (const finding of findings) {
    console.log(`  ${finding.reason}\n    ${input}: ${hex(finding.input)}`)
  }
}

function runInThread({ name }: Target, count: number, seed: number): Promise<Outcome> {
  const shared = new SharedArrayBuffer(8 + MAX_INPUT)
  const numbers = new Int32Array(shared, 0, 2)
  const order: Order = { name, count, seed, shared }
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: order })
  const start = performance.now()
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      clearInterval(watch)
      void worker.terminate()
      resolve(outcome)
    }
    const fail = (reason: string): void => {
      const input = new Uint8Array(shared).slice(8, 8 + Atomics.load(numbers, 1))
      finish({
        target: name,
        count: Atomics.load(numbers, 0),
        durationMs: performance.now() - start,
        growthMiB: 0,
        worstMs: performance.now() - changedAt,
        findings: [{ target: name, reason, input }],
      })
    }
    let last = -1
    let changedAt = performance.now()
    const watch = setInterval(() => {
      const now = Atomics.load(numbers, 0)
      if (now !== last) {
        last = now
        changedAt = performance.now()
      } else if (performance.now() - changedAt > HANG_MS) fail('never ends')
    }, 1000)
    worker.on('message', finish)
    worker.on('error', (error) => fail(`ended the thread: ${error.stack ?? error}`))
  })
}

async function work({ name, count, seed, shared }: Order): Promise<void> {
  const target = targets.find((candidate) => candidate.name === name)
  if (target === undefined) throw new Error(`there is no ${name}`)
  const numbers = new Int32Array(shared, 0, 2)
  const octets = new Uint8Array(shared, 8)
  const onInput = (input: Uint8Array): void => {
    Atomics.add(numbers, 0, 1)
    Atomics.store(numbers, 1, Math.min(input.length, MAX_INPUT))
    octets.set(input.subarray(0, MAX_INPUT))
  }
  parentPort?.postMessage(await fuzzTarget(target, { count, seed, onInput }))
}
