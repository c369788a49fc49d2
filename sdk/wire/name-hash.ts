/**
 * The hash of a name, folded label by label from the root, so that one pass over a name gives the
 * hash of each of its ancestors as well: what zone matching needs. Hot path.
 */

import { LOWER } from './octets.ts'

/** The hash of the root. */
export const ROOT_HASH = 0x811c9dc5

// Where the labels of the name at hand start. Shared by all calls: nothing here is re-entrant.
const starts = new Uint8Array(256)

/** Hashes the uncompressed name at `at`, letters without case; an unsigned 32-bit number. */
export function hashName(bytes: Uint8Array, at: number): number {
  let count = 0
  for (let offset = 0; ; ) {
    const size = bytes[at + offset] as number
    if (size === 0) break
    starts[count++] = offset
    offset += size + 1
  }
  let hash = ROOT_HASH
  while (count > 0) hash = foldLabel(hash, bytes, at + (starts[--count] as number))
  return hash >>> 0
}

/**
 * The hash of a name made of the label at `at` (its length octet) and a parent of hash `hash`.
 * Unsigned only after `>>> 0`.
 */
export function foldLabel(hash: number, bytes: Uint8Array, at: number): number {
  const size = bytes[at] as number
  hash = Math.imul(hash ^ size, 0x01000193)
  for (let i = 1; i <= size; i++) {
    hash = Math.imul(hash ^ (LOWER[bytes[at + i] as number] as number), 0x01000193)
  }
  // FNV leaves the high bits weak; one shift lets a table use the low ones.
  return hash ^ (hash >>> 15)
}
