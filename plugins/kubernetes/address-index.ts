/** Things found by an address. */

import { formatIp, parseIp } from '@fingerpost/sdk'

/** An IPv4 address as a number, which takes no room of its own; any other in its one spelling. */
export type AddressKey = number | string

// Nearly always one; a list would take more room than all else.
type OneOrMore<T> = T | readonly T[]

/** Things by address; the same thing can be at many addresses, and many things at one. */
export class AddressIndex<T extends object> {
  readonly #items = new Map<AddressKey, OneOrMore<T>>()

  /** What is at an address, in the order of its coming. */
  at(key: AddressKey): readonly T[] {
    const items = this.#items.get(key)
    return items === undefined ? [] : listOf(items)
  }

  enter(key: AddressKey, item: T): void {
    const known = this.#items.get(key)
    if (known === undefined) this.#items.set(key, item)
    else if (known !== item) {
      const items = listOf(known)
      if (!items.includes(item)) this.#items.set(key, [...items, item])
    }
  }

  leave(key: AddressKey, item: T): void {
    const known = this.#items.get(key)
    if (known === item) this.#items.delete(key)
    else if (Array.isArray(known)) {
      const items = known.filter((one) => one !== item)
      if (items.length === 0) this.#items.delete(key)
      else this.#items.set(key, items.length === 1 ? items[0] : items)
    }
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

function listOf<T>(items: OneOrMore<T>): readonly T[] {
  return Array.isArray(items) ? items : [items as T]
}
