/**
 * Counts of changes: whoever made something of a thing can tell whether that still holds. Counts are
 * known by number: tens of thousands of replies say what they are made from, and a table of objects
 * would be read through by every garbage collection.
 */

/** The number of a count. */
export type Version = number

/** The count of what never changes. */
export const ALWAYS: Version = 0

const INITIAL_COUNT = 1024

/** The counts of one cluster. */
export class Versions {
  #counts = new Uint32Array(INITIAL_COUNT)
  #size = ALWAYS + 1
  readonly #free: Version[] = []

  /** A count of its own; {@link Versions.release} gives it back. */
  add(): Version {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#size === this.#counts.length) {
      const counts = new Uint32Array(this.#size * 2)
      counts.set(this.#counts)
      this.#counts = counts
    }
    return this.#size++
  }

  /** Where a count stands. */
  at(version: Version): number {
    return this.#counts[version] as number
  }

  changed(version: Version): void {
    this.#counts[version] = (this.#counts[version] as number) + 1
  }

  /** What was made of the thing is void, also when something else gets the count. */
  release(version: Version): void {
    this.changed(version)
    this.#free.push(version)
  }
}

const SHARED_COUNT = 1024
const HASH_FACTOR = 0x01000193

/**
 * Versions of things that may not be there: any name, any address. Many share one, so that there
 * are no more of them however many are asked for; a change voids a thousandth of what is known.
 */
export class SharedVersions {
  readonly #versions: Versions
  readonly #shared: readonly Version[]

  constructor(versions: Versions) {
    this.#versions = versions
    this.#shared = Array.from({ length: SHARED_COUNT }, () => versions.add())
  }

  of(key: string | number): Version {
    const hash = typeof key === 'number' ? Math.imul(key, HASH_FACTOR) : hashOf(key)
    return this.#shared[(hash ^ (hash >>> 15)) & (SHARED_COUNT - 1)] as Version
  }

  changed(key: string | number): void {
    this.#versions.changed(this.of(key))
  }
}

function hashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), HASH_FACTOR)
  return hash
}
