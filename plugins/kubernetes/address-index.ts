/** Things found by an address. */

import { formatIp, parseIp } from '@fingerpost/sdk'

/** An IPv4 address as a number, which takes no room of its own; any other in its one spelling. */
export type AddressKey = number | string

/** What an index can find: it knows its own place among the things that are found. */
export interface Placed {
  /** Set by {@link Places}; -1 while it is at no address. */
  place: number
}

/** Things by number, for as long as they are at an address. */
export class Places<T extends Placed> {
  readonly #things: (T | undefined)[] = []
  readonly #uses: number[] = []
  readonly #free: number[] = []

  at(place: number): T {
    return this.#things[place] as T
  }

  /** Counts one address more; gives the thing's number. */
  take(thing: T): number {
    if (thing.place < 0) {
      thing.place = this.#free.pop() ?? this.#things.length
      this.#things[thing.place] = thing
      this.#uses[thing.place] = 0
    }
    this.#uses[thing.place] = (this.#uses[thing.place] as number) + 1
    return thing.place
  }

  /** Has a thing found at all addresses of another. */
  replace(before: T, after: T): void {
    const { place } = before
    if (place < 0) return
    this.#things[place] = after
    before.place = -1
    after.place = place
  }

  /** Counts one address less. */
  leave(thing: T): void {
    const { place } = thing
    this.#uses[place] = (this.#uses[place] as number) - 1
    if (this.#uses[place] !== 0) return
    this.#things[place] = undefined
    this.#free.push(place)
    thing.place = -1
  }
}

/** Stands for the several things that are at an address. */
const SEVERAL = -1

/**
 * Things by address; the same thing can be at many addresses, and many things at one. By number: a
 * table of objects that changes is read through by every garbage collection.
 */
export class AddressIndex<T extends Placed> {
  readonly #places: Places<T>
  // Nearly always one; lists would take more room than all else.
  readonly #placeAt = new Map<AddressKey, number>()
  readonly #several = new Map<AddressKey, readonly number[]>()

  /** Indexes of the same things share their places. */
  constructor(places: Places<T>) {
    this.#places = places
  }

  /** What is at an address, in the order of its coming. */
  at(key: AddressKey): readonly T[] {
    const place = this.#placeAt.get(key)
    if (place === undefined) return []
    const places = place === SEVERAL ? this.#severalAt(key) : [place]
    return places.map((one) => this.#places.at(one))
  }

  enter(key: AddressKey, thing: T): void {
    const known = this.#placeAt.get(key)
    if (known === undefined) this.#placeAt.set(key, this.#places.take(thing))
    else {
      const places = known === SEVERAL ? this.#severalAt(key) : [known]
      if (places.includes(thing.place)) return
      this.#several.set(key, [...places, this.#places.take(thing)])
      this.#placeAt.set(key, SEVERAL)
    }
  }

  leave(key: AddressKey, thing: T): void {
    const known = this.#placeAt.get(key)
    if (known === undefined || thing.place < 0) return
    if (known === thing.place) this.#placeAt.delete(key)
    else {
      const places = this.#severalAt(key)
      if (!places.includes(thing.place)) return
      const others = places.filter((one) => one !== thing.place)
      if (others.length > 1) this.#several.set(key, others)
      else {
        this.#several.delete(key)
        this.#placeAt.set(key, others[0] as number)
      }
    }
    this.#places.leave(thing)
  }

  #severalAt(key: AddressKey): readonly number[] {
    return this.#several.get(key) ?? []
  }
}

const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** The key of the address that is in `text` from `from` to `end`. */
export function addressKey(text: string, from = 0, end = text.length): AddressKey {
  let key = 0
  let part = -1
  let dots = 0
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT && part >= 0) {
      key = key * 256 + part
      part = -1
      dots++
      // What has zeros in front, or is no address, is found as it is written only.
    } else if (code < ZERO || code > NINE || part === 0) return canonical(text.slice(from, end))
    else part = (part < 0 ? 0 : part * 10) + code - ZERO
    if (part > 0xff) return canonical(text.slice(from, end))
  }
  return dots === 3 && part >= 0 ? key * 256 + part : canonical(text.slice(from, end))
}

/** The one spelling an address is found by (RFC 5952). */
export function canonical(address: string): string {
  const parsed = address.includes(':') ? parseIp(address) : undefined
  return parsed === undefined ? address : formatIp(parsed)
}
