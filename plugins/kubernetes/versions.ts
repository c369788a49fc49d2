/** Counts of changes: whoever made something of a thing can tell whether that still holds. */

/** Something that changes, and how often it did. */
export interface Versioned {
  version: number
}

/** What never changes. */
export const always: Versioned = { version: 0 }

const SHARED_COUNT = 1024
const HASH_FACTOR = 0x01000193

/**
 * Versions of things that may not be there: any name, any address. Many share one, so that there
 * are no more of them however many are asked for; a change voids a thousandth of what is known.
 */
export class SharedVersions {
  readonly #versions: readonly Versioned[] = Array.from({ length: SHARED_COUNT }, () => ({
    version: 0,
  }))

  of(key: string | number): Versioned {
    const hash = typeof key === 'number' ? Math.imul(key, HASH_FACTOR) : hashOf(key)
    return this.#versions[(hash ^ (hash >>> 15)) & (SHARED_COUNT - 1)] as Versioned
  }

  changed(key: string | number): void {
    this.of(key).version++
  }
}

function hashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), HASH_FACTOR)
  return hash
}
