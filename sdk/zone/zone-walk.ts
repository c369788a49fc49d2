/**
 * Goes down from the apex towards a name and finds what answers for it (RFC 1034 4.3.2 step 3,
 * RFC 4592 3.3.1, RFC 6672 3.2). Hot path.
 */

import { Type } from '../dns/type.ts'
import { foldLabel } from '../wire/name-hash.ts'
import { APEX, type NameTree, NodeFlag } from './name-tree.ts'

/** Where a walk ended. */
export const Ending = {
  /** At the name itself, which may be an empty non-terminal. */
  EXACT: 0,
  /** At a wildcard that covers the name; `encloser` is its parent. */
  WILDCARD: 1,
  /** Nowhere: `node` is the closest encloser. */
  MISSING: 2,
  /** At a delegation at or above the name. */
  DELEGATION: 3,
  /** At a DNAME above the name. */
  DNAME: 4,
  /** The name is not in the zone. */
  OUTSIDE: 5,
} as const

/** Walks over one zone's names; what it found is good until the next walk. */
export class ZoneWalk {
  readonly #names: NameTree
  ending = 0
  node: number = APEX

  constructor(names: NameTree) {
    this.#names = names
  }

  /** Walks to the uncompressed name at `at`; a DS at a delegation is this zone's own. */
  to(wire: Uint8Array, at: number, qtype: number): this {
    const names = this.#names
    this.node = APEX
    let left = names.labelsBelow(wire, at)
    if (left < 0) return this.#end(Ending.OUTSIDE)
    while (left > 0) {
      if ((names.flags(this.node) & NodeFlag.DNAME) !== 0) return this.#end(Ending.DNAME)
      const start = at + names.start(--left)
      const hash = foldLabel(names.hash(this.node), wire, start)
      const child = names.child(this.node, hash, wire, start)
      if (child < 0) return this.#missing()
      this.node = child
      if ((names.flags(child) & NodeFlag.DELEGATION) === 0) continue
      if (left > 0 || qtype !== Type.DS) return this.#end(Ending.DELEGATION)
    }
    return this.#end(Ending.EXACT)
  }

  #missing(): this {
    const wildcard = this.#names.wildcardBelow(this.node)
    if (wildcard < 0) return this.#end(Ending.MISSING)
    this.node = wildcard
    return this.#end(Ending.WILDCARD)
  }

  #end(ending: number): this {
    this.ending = ending
    return this
  }
}
