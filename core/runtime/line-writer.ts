/** Log lines to a file descriptor: gathered per turn of the event loop, bounded, never waiting. */

import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { LineWriter } from './runtime.ts'

/** Characters held for a reader that is too slow (a full pipe); lines beyond are dropped. */
export const MAX_HELD_LENGTH = 1 << 20
/** How long to leave a full pipe alone. */
export const RETRY_MS = 50
/** Time that a final flush may take, for the same reader. */
const MAX_FLUSH_MS = 200

/** Opens a writer to standard output (1) or standard error (2). */
export function openLineWriter(descriptor: 1 | 2): LineWriter {
  const unblocked = unblock(descriptor)
  return lineWriter((bytes) => writeSync(unblocked, bytes))
}

/** A writer over `write`, which returns how many octets it took or throws as `writeSync` does. */
export function lineWriter(write: (bytes: Uint8Array) => number): LineWriter {
  return new DescriptorWriter(write)
}

/**
 * A pipe whose reader has stopped (a log collector that hangs) must not stop the server. So pipes
 * are opened once more without blocking, which leaves the descriptor that others share as it is.
 */
function unblock(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    // Not on Linux, or not the pipe's owner.
    return descriptor
  }
}

class DescriptorWriter implements LineWriter {
  droppedCount = 0
  #write: (bytes: Uint8Array) => number
  #lines: string[] = []
  #linesLength = 0
  /** Octets that the descriptor hasn't taken yet. */
  #rest: Uint8Array | undefined
  #isScheduled = false
  #isClosed = false

  constructor(write: (bytes: Uint8Array) => number) {
    this.#write = write
  }

  write(line: string): void {
    if (this.#isClosed || this.#linesLength + line.length > MAX_HELD_LENGTH) {
      this.droppedCount++
      return
    }
    this.#lines.push(line)
    this.#linesLength += line.length + 1
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#writeOut())
  }

  flush(): void {
    const until = performance.now() + MAX_FLUSH_MS
    while (!this.#tryWrite() && performance.now() < until) pause()
  }

  #writeOut(): void {
    this.#isScheduled = false
    if (this.#tryWrite()) return
    this.#isScheduled = true
    // Unlike the descriptor's readiness, a timer needs nothing that files and pipes do differently.
    setTimeout(() => this.#writeOut(), RETRY_MS)
  }

  /** Writes what it can; whether nothing is left. */
  #tryWrite(): boolean {
    if (this.#rest === undefined) {
      if (this.#lines.length === 0) return true
      this.#rest = encoder.encode(`${this.#lines.join('\n')}\n`)
      this.#lines = []
      this.#linesLength = 0
    }
    try {
      while (this.#rest.length > 0) {
        const written = this.#write(this.#rest)
        this.#rest = this.#rest.subarray(written)
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN' || code === 'EINTR') return false
      // The reader is gone (EPIPE), the disk is full: there is nobody to tell.
      this.#isClosed = code === 'EPIPE' || code === 'EBADF'
    }
    this.#rest = undefined
    return this.#lines.length === 0 || this.#tryWrite()
  }
}

const encoder = new TextEncoder()
const sleeper = new Int32Array(new SharedArrayBuffer(4))

function pause(): void {
  Atomics.wait(sleeper, 0, 0, 1)
}
