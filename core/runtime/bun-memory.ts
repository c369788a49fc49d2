/**
 * Gives back memory that a Bun process does not need: garbage, which JavaScriptCore leaves where it
 * is while nothing is allocated, machine code of functions that have done their work, and the pages
 * of the executable that only its start needed. What is still in use is compiled again.
 */

import { readFileSync } from 'node:fs'
import process from 'node:process'

/** Takes some tens of milliseconds, in which nothing else happens. */
export async function releaseMemory(): Promise<void> {
  Bun.gc(true)
  Bun.shrink()
  // What the compiled code held on to.
  Bun.gc(true)
  if (process.platform === 'linux') await releaseCode()
}

/**
 * Drops the pages of the executable's code from this process. They are the file's, so the next use
 * finds them in the page cache. Only code is: other parts of the mapping may have been written to.
 */
async function releaseCode(): Promise<void> {
  try {
    const { dlopen, FFIType } = await import('bun:ffi')
    const { symbols, close } = dlopen('libc.so.6', {
      madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
    })
    for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
      const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d*\s+(.*)$/.exec(line)
      if (match === null || match[3] !== process.execPath) continue
      const [from, to] = [BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)]
      symbols.madvise(from, to - from, MADV_DONTNEED)
    }
    close()
  } catch {
    // No such libc: nothing is lost by it.
  }
}

const MADV_DONTNEED = 4
