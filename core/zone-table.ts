/**
 * Finds the server block for a name: the longest zone that the name is in (reference: CoreDNS's
 * routing). Hot path: no string, one hash for each zone length that could match.
 */

import { equalFold, HEADER_SIZE, hashName, type Name, type Query, Type } from '@fingerpost/sdk'

interface Entry<T> {
  readonly zone: Uint8Array
  readonly values: T[]
}

/** Zones with the values (server blocks) registered for each, in their order. */
export class ZoneTable<T> {
  // Which lengths in octets there are zones of, so that most labels of a name cost one look.
  readonly #hasLength = new Uint8Array(256)
  readonly #entries = new Map<number, Entry<T>[]>()

  add(zone: Name, value: T): void {
    this.#hasLength[zone.wire.length] = 1
    const bucket = this.#entries.get(zone.hash) ?? []
    this.#entries.set(zone.hash, bucket)
    const entry = bucket.find(({ zone: other }) => isEqual(other, zone.wire))
    if (entry) entry.values.push(value)
    else bucket.push({ zone: zone.wire, values: [value] })
  }

  /** All values. */
  values(): T[] {
    return [...this.#entries.values()].flat().flatMap(({ values }) => values)
  }

  /**
   * The first value of the longest zone that holds the name asked for and that `accepts`. For DS
   * the shortest zone but the root is taken: DS belongs to the parent's side of a zone cut
   * (RFC 4035 2.4), and the parent may be served here too.
   */
  find(query: Query, accepts?: (value: T, query: Query) => boolean): T | undefined {
    const { wire } = query
    const end = query.questionEnd - 4
    let found: T | undefined
    for (let at = HEADER_SIZE; ; at += (wire[at] as number) + 1) {
      const isRoot = wire[at] === 0
      if (isRoot && found !== undefined) return found
      if (this.#hasLength[end - at] === 1) {
        const value = this.#match(query, at, end, accepts)
        if (value !== undefined) {
          if (query.qtype !== Type.DS) return value
          found = value
        }
      }
      if (isRoot) return found
    }
  }

  #match(
    query: Query,
    at: number,
    end: number,
    accepts: ((value: T, query: Query) => boolean) | undefined,
  ): T | undefined {
    const bucket = this.#entries.get(hashName(query.wire, at))
    if (bucket === undefined) return undefined
    for (const { zone, values } of bucket) {
      if (zone.length !== end - at || !equalFold(zone, 0, query.wire, at, zone.length)) continue
      if (accepts === undefined) return values[0]
      return values.find((value) => accepts(value, query))
    }
    return undefined
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && equalFold(left, 0, right, 0, left.length)
}
