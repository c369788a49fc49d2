/**
 * Gives back memory that a Bun process does not need: garbage, which JavaScriptCore leaves where it
 * is while nothing is allocated, machine code of functions that have done their work, and the pages
 * of the executable that only its start needed. What is still in use is compiled again.
 */

import { readFileSync } from 'node:fs'
import process from 'node:process'
import { openLibc } from './bun-libc.ts'

/** Takes some tens of milliseconds, in which nothing else happens. */
export async function releaseMemory(): Promise<void> {
  Bun.gc(true)
  Bun.shrink()
  // What the compiled code held on to.
  Bun.gc(true)
  advise ??= await openAdvise()
  releasePages()
}

/**
 * Drops the pages of the executable's code from this process, from the first call of
 * {@link releaseMemory} on. They are the file's, so the next use finds them in the page cache. Only
 * code is: other parts of the mapping may have been written to.
 */
export function releasePages(): void {
  advise?.()
}

let advise: (() => void) | undefined
const nothing = (): void => {}

async function openAdvise(): Promise<() => void> {
  const libc = await openLibc()
  if (libc === undefined) return nothing
  const ranges = readFileSync('/proc/self/maps', 'utf8').split('\n').flatMap(codeRange)
  return () => {
    for (const [from, size] of ranges) libc.madvise(from, size, MADV_DONTNEED)
  }
}

/** Where a line of the process's maps says that code of the executable is. */
function codeRange(line: string): [bigint, bigint][] {
  const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d*\s+(.*)$/.exec(line)
  if (match === null || match[3] !== process.execPath) return []
  const [from, to] = [BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)]
  return [[from, to - from]]
}

const MADV_DONTNEED = 4
