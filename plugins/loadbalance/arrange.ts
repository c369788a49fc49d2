/**
 * Puts the records of a response in order: aliases, other types, addresses, mail exchanges. What
 * comes first among addresses is the policy's to say. Runs for cache hits too: hot path.
 */

import {
  type Message,
  Name,
  parseName,
  type Query,
  readUint16,
  skipName,
  Type,
} from '@fingerpost/sdk'
import { MovingAddresses } from './moving-addresses.ts'
import { type Candidates, type Policy, Rank, rankOf } from './policy.ts'
import { rearrange } from './rearrange.ts'

/** Orders a response, in place if it can be done by exchanging addresses. */
export function arrange(query: Query, response: Message, policy: Policy): Message {
  const { wire } = response
  if (((wire[3] as number) & 0x0f) !== 0) return response
  if (query.qtype === Type.AXFR || query.qtype === Type.IXFR) return response
  if (!policy.appliesTo(query.qtype)) return response
  // A section with one record is in order.
  const isDone =
    (response.answerCount < 2 ||
      arrangeInPlace(wire, response.answerAt, response.answerCount, policy)) &&
    (response.authorityCount < 2 ||
      !policy.ordersAll ||
      arrangeInPlace(wire, response.authorityAt, response.authorityCount, policy)) &&
    (response.additionalCount < 2 ||
      arrangeInPlace(wire, response.additionalAt, response.additionalCount, policy) ||
      arrangeByMoving(response, policy))
  return isDone ? response : rearrange(query, response, policy)
}

/** False when the section's records can't be put in order by exchanging octets. */
function arrangeInPlace(wire: Uint8Array, at: number, count: number, policy: Policy): boolean {
  if (!inPlace.scan(wire, at, count)) return false
  if (inPlace.count > 1) policy.arrangeAddresses(inPlace)
  return true
}

/** As `arrangeInPlace`, for addresses of several owners and families that end the message. */
function arrangeByMoving(response: Message, policy: Policy): boolean {
  if (!moving.scan(response)) return false
  policy.arrangeAddresses(moving)
  moving.settle()
  return true
}

// Sections with more addresses than this are decoded.
const MAX_IN_PLACE = 256

/** Addresses of one type and owner in a section that is in order but for them. */
class InPlace implements Candidates {
  count = 0
  #wire: Uint8Array = new Uint8Array(0)
  #ownerAt = 0
  #dataSize = 0
  readonly #fixedAt = new Uint16Array(MAX_IN_PLACE)

  /** Finds the addresses; false when exchanging their octets would not do. */
  scan(wire: Uint8Array, at: number, count: number): boolean {
    this.#wire = wire
    this.count = 0
    let lastRank = 0
    let exchanges = 0
    let firstType = 0
    let firstOwnerSize = 0
    for (let i = 0; i < count; i++) {
      const fixedAt = skipName(wire, at)
      const type = readUint16(wire, fixedAt)
      const dataSize = readUint16(wire, fixedAt + 8)
      const rank = type === Type.OPT ? lastRank : rankOf(type)
      if (rank < lastRank) return false
      lastRank = rank
      if (rank === Rank.EXCHANGE && ++exchanges > 1) return false
      if (rank === Rank.ADDRESS && type !== Type.OPT) {
        if (this.count === MAX_IN_PLACE) return false
        if (this.count === 0) {
          firstType = type
          firstOwnerSize = fixedAt - at
          this.#ownerAt = at
          this.#dataSize = dataSize
        } else if (
          type !== firstType ||
          dataSize !== this.#dataSize ||
          fixedAt - at !== firstOwnerSize ||
          !areEqual(wire, this.#ownerAt, at, firstOwnerSize)
        ) {
          return false
        }
        this.#fixedAt[this.count++] = fixedAt
      }
      at = fixedAt + 10 + dataSize
    }
    return true
  }

  /** Exchanges TTL and RDATA, all that two such records differ in. */
  swap(left: number, right: number): void {
    const wire = this.#wire
    const leftAt = (this.#fixedAt[left] as number) + 4
    const rightAt = (this.#fixedAt[right] as number) + 4
    for (let i = 0; i < 6 + this.#dataSize; i++) {
      const octet = wire[leftAt + i] as number
      wire[leftAt + i] = wire[rightAt + i] as number
      wire[rightAt + i] = octet
    }
  }

  owner(): Name {
    return parseName(this.#wire, this.#ownerAt) ?? Name.root
  }

  rdata(index: number): Uint8Array {
    const at = (this.#fixedAt[index] as number) + 10
    return this.#wire.subarray(at, at + this.#dataSize)
  }
}

const inPlace = new InPlace()
const moving = new MovingAddresses()

function areEqual(wire: Uint8Array, left: number, right: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (wire[left + i] !== wire[right + i]) return false
  return true
}
