/**
 * Tells events of a watch that are news from those that are not: the same one again, or one that
 * a later one about the same object has overtaken.
 */

/** Enough for every event that can still be overtaken; a bound, so that churn costs no memory. */
const MAX_REMEMBERED = 4096

/** The latest versions of the objects that changed last. */
export class RecentChanges {
  #listed = Number.NaN
  readonly #versions = new Map<string, number>()

  /** Everything up to this version is known from a list. */
  restart(version: string): void {
    this.#listed = numberOf(version)
    this.#versions.clear()
  }

  /** Whether this version of an object is later than what is known; remembers it. */
  isNews(object: string, version: string): boolean {
    const number = numberOf(version)
    // Versions that are no numbers can't be compared: they count as news.
    if (number <= (this.#versions.get(object) ?? this.#listed)) return false
    this.#remember(object, number)
    return true
  }

  /**
   * Whether a deletion is about the latest version that is known; remembers it. Only a later event
   * can make it void: not every server gives deletions a version of their own.
   */
  isDeletionNews(object: string, version: string): boolean {
    const number = numberOf(version)
    if (number < (this.#versions.get(object) ?? Number.NaN)) return false
    this.#remember(object, number)
    return true
  }

  #remember(object: string, number: number): void {
    if (Number.isNaN(number)) return
    this.#versions.delete(object)
    this.#versions.set(object, number)
    if (this.#versions.size > MAX_REMEMBERED) {
      for (const oldest of this.#versions.keys()) {
        this.#versions.delete(oldest)
        break
      }
    }
  }
}

/** Whether `version` is known to be earlier than `other`. */
export function isEarlier(version: string, other: string): boolean {
  return numberOf(version) < numberOf(other)
}

function numberOf(version: string): number {
  return /^\d+$/.test(version) ? Number(version) : Number.NaN
}
