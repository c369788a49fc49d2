/** Orders the records of responses whose octets can't just be exchanged, by composing them anew. */

import { Flag, type Message, type Name, type Query, type Rr } from '@fingerpost/sdk'
import { type Candidates, type Policy, Rank, rankOf } from './policy.ts'

/** A response with the same records in the policy's order. */
export function rearrange(query: Query, response: Message, policy: Policy): Message {
  const { edns } = response
  const ordered = query.reply({
    rcode: response.rcode,
    answer: sectionInOrder(response.answer, policy),
    authority: policy.ordersAll ? sectionInOrder(response.authority, policy) : response.authority,
    additional: sectionInOrder(response.additional, policy),
    ...(edns && { edns }),
    cause: response.cause,
  })
  // TC may have been set because the records no longer fit.
  ordered.flags = response.flags | (ordered.flags & Flag.TC)
  ordered.answeredBy = response.answeredBy
  return ordered
}

function sectionInOrder(rrs: readonly Rr[], policy: Policy): Rr[] {
  const ofRank = (rank: number): Rr[] => rrs.filter((rr) => rankOf(rr.type) === rank)
  const addresses = ofRank(Rank.ADDRESS)
  if (addresses.length === 0 && !policy.ordersAll) return [...rrs]
  const exchanges = ofRank(Rank.EXCHANGE)
  policy.arrangeAddresses(new Decoded(addresses))
  policy.arrangeExchanges(new Decoded(exchanges))
  return [...ofRank(Rank.ALIAS), ...ofRank(Rank.OTHER), ...addresses, ...exchanges]
}

class Decoded implements Candidates {
  readonly #rrs: Rr[]

  constructor(rrs: Rr[]) {
    this.#rrs = rrs
  }

  get count(): number {
    return this.#rrs.length
  }

  swap(left: number, right: number): void {
    const rr = this.#rrs[left]!
    this.#rrs[left] = this.#rrs[right]!
    this.#rrs[right] = rr
  }

  owner(index: number): Name {
    return this.#rrs[index]!.owner
  }

  rdata(index: number): Uint8Array {
    return this.#rrs[index]!.rdata
  }
}
