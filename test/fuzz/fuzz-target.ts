/** Runs one target: makes inputs, tries them, measures time and memory, collects findings. */

import process from 'node:process'
import { seededRandom } from '@fingerpost/sdk/testing'
import type { Finding, Outcome, Target } from './target.ts'

/** An input may take this long; more is a finding. */
export const SLOW_MS = 100
// Memory that a target may take after it has warmed up.
const MAX_GROWTH_MIB = 200
const MAX_FINDINGS = 20
// Findings of one kind that are kept, to leave room for others.
const MAX_ALIKE = 2

/** How a target is run. */
export interface FuzzOptions {
  readonly count: number
  readonly seed: number
  /** Told of every input before it is tried: who watches for one that never ends. */
  readonly onInput?: (input: Uint8Array) => void
}

/** Tries `count` inputs. The same seed gives the same inputs. */
export async function fuzzTarget(target: Target, options: FuzzOptions): Promise<Outcome> {
  const { count, seed, onInput } = options
  const trial = await target.prepare(seededRandom(seed))
  const findings: Finding[] = []
  const start = performance.now()
  const warm = Math.floor(count / 5)
  let warmMiB = 0
  let worstMs = 0
  let tried = 0
  for (; tried < count && findings.length < MAX_FINDINGS; tried++) {
    if (tried === warm) warmMiB = residentMiB()
    const input = trial.next()
    onInput?.(input)
    const began = performance.now()
    const reason = await faultOf(trial, input)
    let tookMs = performance.now() - began
    if (reason !== undefined && countAlike(findings, reason) < MAX_ALIKE) {
      findings.push({ target: target.name, reason, input })
    }
    // A busy machine is slow once, a bad input every time.
    for (let again = 0; again < 3 && tookMs > SLOW_MS; again++) {
      const beganAgain = performance.now()
      await faultOf(trial, input)
      tookMs = Math.min(tookMs, performance.now() - beganAgain)
    }
    if (tookMs > worstMs) worstMs = tookMs
    if (tookMs > SLOW_MS) {
      findings.push({ target: target.name, reason: `took ${Math.round(tookMs)} ms`, input })
    }
  }
  const growthMiB = residentMiB() - warmMiB
  const durationMs = performance.now() - start
  await trial.end?.()
  if (growthMiB > MAX_GROWTH_MIB) {
    const reason = `the process grew by ${Math.round(growthMiB)} MiB`
    findings.push({ target: target.name, reason, input: new Uint8Array(0) })
  }
  return { target: target.name, count: tried, durationMs, growthMiB, worstMs, findings }
}

/** What is wrong with one input; undefined when nothing is. */
export async function tryInput(target: Target, input: Uint8Array): Promise<string | undefined> {
  const trial = await target.prepare(seededRandom(1))
  const reason = await faultOf(trial, input)
  await trial.end?.()
  return reason
}

async function faultOf(
  trial: Awaited<ReturnType<Target['prepare']>>,
  input: Uint8Array,
): Promise<string | undefined> {
  try {
    const result = trial.check(input)
    if (result !== undefined) await result
    return undefined
  } catch (error) {
    return error instanceof Error ? describe(error) : String(error)
  }
}

/** Findings that differ in nothing but names and numbers. */
function countAlike(findings: readonly Finding[], reason: string): number {
  const kindOf = (text: string): string => text.replace(/'.*'/gs, '').replace(/\d+/g, '')
  return findings.filter((known) => kindOf(known.reason) === kindOf(reason)).length
}

/** The message and where it comes from, in one line. */
function describe(error: Error): string {
  const [, , place = ''] = /^((?!\n).*\n)?\s*at (.*)$/m.exec(error.stack ?? '') ?? []
  return `${error.name}: ${error.message} (${place.trim()})`
}

function residentMiB(): number {
  return process.memoryUsage().rss / 2 ** 20
}
