/** Go's way of writing flags: `-flag`, `--flag`, `-flag=value`, `-flag value`. */

import { durationBetween } from '@fingerpost/sdk'
import * as v from 'valibot'

/** A flag of a command line whose values are kept in an `F`. */
export interface FlagSpec<F> {
  /** What its value is, in capitals; without one it is switched on or off. */
  readonly takes?: string
  readonly help: string
  /** What the value changes; for flags without one it is `true` or `false`. */
  read(value: string, name: string, flags: F): Partial<F>
}

/** Flags by name. */
export type FlagSpecs<F> = Readonly<Record<string, FlagSpec<F>>>

/** A command line that can't be understood; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads words into a copy of `defaults`. `onWord` gets what is no flag.
 * @throws UsageError
 */
export function readFlags<F extends object>(
  words: readonly string[],
  specs: FlagSpecs<F>,
  defaults: F,
  onWord: (word: string, flags: F) => void,
): F {
  const flags = { ...defaults }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word)
    if (match === null) {
      onWord(word, flags)
      continue
    }
    const [, name = '', attached] = match
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) throw new UsageError(`flag provided but not defined: -${name}`)
    const value =
      spec.takes === undefined ? String(readBoolean(name, attached)) : (attached ?? words[++i])
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`)
    Object.assign(flags, spec.read(value, name, flags))
  }
  return flags
}

/** The flags for people, one a line. */
export function formatFlags<F>(specs: FlagSpecs<F>): string {
  const lines = Object.entries(specs).map(([name, { takes, help }]) => ({
    flag: takes === undefined ? `-${name}` : `-${name} ${takes}`,
    help,
  }))
  const width = Math.max(...lines.map(({ flag }) => flag.length)) + 2
  return lines.map(({ flag, help }) => `  ${flag.padEnd(width)}${help}`).join('\n')
}

/** The value of a flag without one of its own. */
export const isTrue = (value: string): boolean => value === 'true'

/** @throws UsageError */
export function readPort(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError(`invalid value "${text}" for flag -${name}: a port is 0 to 65535`)
}

/** Milliseconds. @throws UsageError */
export function readDuration(name: string, text: string): number {
  const result = v.safeParse(durationBetween({ minMs: 1 }), text)
  if (result.success) return result.output
  throw new UsageError(`invalid value "${text}" for flag -${name}: for example 4s`)
}

function readBoolean(name: string, text: string | undefined): boolean {
  if (text === undefined || ['1', 't', 'true', 'T', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'false', 'F', 'FALSE', 'False'].includes(text)) return false
  throw new UsageError(`invalid boolean value "${text}" for -${name}`)
}
