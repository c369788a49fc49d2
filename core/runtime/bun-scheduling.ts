/**
 * Has the system run this thread soon after something came for it, also while others are at work on
 * its processor: other programs, and the engine's own threads, which compile and collect garbage.
 * Linux lets a thread that has slept go before another in the middle of its slice only if it asks for
 * shorter slices than that (EEVDF, from 6.12 on; 3 ms are usual). Its share stays the same.
 */

import process from 'node:process'
import { openLibc } from './bun-libc.ts'

/** How long a slice is asked for. */
const SLICE_NS = 500_000n

/** Numbers of sched_setattr(2) and sched_getattr(2). */
const SYSTEM_CALLS: Readonly<Record<string, readonly [number, number]>> = {
  x64: [314, 315],
  arm64: [274, 275],
}

/** `struct sched_attr` in its first form: offsets of fields. */
const SIZE = 48
const POLICY = 4
const FLAGS = 8
const RUNTIME = 24
const SCHED_OTHER = 0
/** Threads that this one starts go by the system's usual slice. */
const RESET_ON_FORK = 1n

/** Nothing happens on systems that don't know this, or where it is forbidden. */
export async function askForShortSlices(): Promise<void> {
  const numbers = SYSTEM_CALLS[process.arch]
  const libc = await openLibc()
  if (libc === undefined || numbers === undefined) return
  const [set, get] = numbers
  const attributes = new DataView(new ArrayBuffer(SIZE))
  const at = libc.ptr(attributes)
  if (Number(libc.syscall(get, 0, at, SIZE, 0)) !== 0) return
  // Whoever chose another policy knows why.
  if (attributes.getUint32(POLICY, true) !== SCHED_OTHER) return
  attributes.setBigUint64(FLAGS, attributes.getBigUint64(FLAGS, true) | RESET_ON_FORK, true)
  attributes.setBigUint64(RUNTIME, SLICE_NS, true)
  libc.syscall(set, 0, at, 0, 0)
}
