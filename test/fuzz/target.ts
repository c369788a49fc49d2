/** What is fuzzed: a target makes inputs from seeded randomness and says what is wrong with one. */

import type { Random } from '@fingerpost/sdk'

/** Something that takes octets or text from strangers. */
export interface Target {
  readonly name: string
  /** What goes in, for the report. */
  readonly input: string
  /** Its part of the inputs of a whole run, in thousandths. */
  readonly share: number
  /** Sets up what the inputs are tried on. */
  prepare(random: Random): Trial | Promise<Trial>
}

/** A target at work. */
export interface Trial {
  /** Makes the next input; text as UTF-8. */
  next(): Uint8Array
  /** Tries an input. Throws, or rejects, when it finds a fault. Depends on the input alone. */
  check(input: Uint8Array): void | Promise<void>
  /** Ends timers and sockets. */
  end?(): Promise<void>
}

/** An input that a target did not stand. */
export interface Finding {
  readonly target: string
  readonly reason: string
  readonly input: Uint8Array
}

/** What came of fuzzing one target. */
export interface Outcome {
  readonly target: string
  readonly count: number
  readonly durationMs: number
  /** Growth of the resident set after the first fifth of the inputs. */
  readonly growthMiB: number
  /** The longest time that one input took. */
  readonly worstMs: number
  readonly findings: readonly Finding[]
}

/** Fails a check. */
export function ensure(claim: boolean, reason: string): asserts claim {
  if (!claim) throw new Error(reason)
}

/** Octets as hex digits. */
export function hex(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += octet.toString(16).padStart(2, '0')
  return text
}

/** Hex digits as octets. */
export function unhex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  )
}

/** Whether two runs of octets are the same. */
export function sameOctets(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}
