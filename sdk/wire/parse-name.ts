/**
 * Names inside a message, which may be compressed (RFC 1035 4.1.4). Every pointer must go
 * backwards, so that no chain of them can loop, and a name is refused past 255 octets.
 */

import { MAX_LABEL_SIZE, MAX_NAME_SIZE, Name } from './name.ts'

const scratch = new Uint8Array(MAX_NAME_SIZE)

/** Reads the name at `at`, undoing compression; undefined when it is malformed or cut short. */
export function parseName(
  message: Uint8Array,
  at: number,
  end: number = message.length,
): Name | undefined {
  const size = copyName(message, at, scratch, 0, end)
  return size < 0 ? undefined : new Name(scratch.slice(0, size))
}

/**
 * Copies the name at `at` to `target`, undoing compression. `target` needs room for 255 octets.
 * Returns the octets written, or -1 when the name is malformed.
 */
export function copyName(
  message: Uint8Array,
  at: number,
  target: Uint8Array,
  targetAt: number,
  end: number = message.length,
): number {
  let written = 0
  let limit = end
  for (;;) {
    if (at >= limit) return -1
    const size = message[at] as number
    if (size <= MAX_LABEL_SIZE) {
      if (written + size + 1 > MAX_NAME_SIZE || at + size + 1 > limit) return -1
      for (let i = 0; i <= size; i++) target[targetAt + written++] = message[at + i] as number
      if (size === 0) return written
      at += size + 1
    } else {
      if ((size & 0xc0) !== 0xc0 || at + 1 >= limit) return -1
      const pointer = ((size & 0x3f) << 8) | (message[at + 1] as number)
      // A pointer may only go before the place where the current run of labels began.
      if (pointer >= at) return -1
      limit = at
      at = pointer
    }
  }
}

/**
 * The offset after the name at `at`, looking at its own octets only (a pointer ends it); -1 when
 * it is cut short or has a label of an unknown kind.
 */
export function skipName(message: Uint8Array, at: number, end: number = message.length): number {
  const start = at
  while (at < end) {
    const size = message[at] as number
    if (size === 0) return at + 1
    if ((size & 0xc0) === 0xc0) return at + 2 <= end ? at + 2 : -1
    if (size > MAX_LABEL_SIZE) return -1
    at += size + 1
    if (at - start >= MAX_NAME_SIZE) return -1
  }
  return -1
}
