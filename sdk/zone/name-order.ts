/** Names of a zone in canonical order (RFC 4034 6.1), to find the one before a name. */

import { APEX, type NameTree } from './name-tree.ts'

/** Some nodes of a tree in the order of their names. */
export class NameOrder {
  readonly #names: NameTree
  readonly #nodes: Uint32Array
  // Nodes from the name at hand up to the apex.
  readonly #left = new Uint32Array(128)
  readonly #right = new Uint32Array(128)

  constructor(names: NameTree, nodes: readonly number[]) {
    this.#names = names
    this.#nodes = Uint32Array.from(nodes)
    // Signed zones are written in this order: sorting half a million names takes a second.
    if (!this.#isSorted()) this.#nodes.sort((left, right) => this.#compare(left, right))
  }

  /** The nodes in order. */
  get nodes(): Uint32Array {
    return this.#nodes
  }

  /** The last of the nodes that is not behind the name at `at`; the very last before the first. */
  before(wire: Uint8Array, at: number): number {
    const depth = this.#names.labelsBelow(wire, at)
    let low = 0
    let high = this.#nodes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compareTo(this.#nodes[middle] as number, wire, at, depth) <= 0) low = middle + 1
      else high = middle
    }
    return this.#nodes[low === 0 ? this.#nodes.length - 1 : low - 1] as number
  }

  #isSorted(): boolean {
    const nodes = this.#nodes
    for (let i = 1; i < nodes.length; i++) {
      if (this.#compare(nodes[i - 1] as number, nodes[i] as number) > 0) return false
    }
    return true
  }

  #compare(left: number, right: number): number {
    const leftDepth = this.#path(left, this.#left)
    const rightDepth = this.#path(right, this.#right)
    const shared = Math.min(leftDepth, rightDepth)
    for (let i = 1; i <= shared; i++) {
      const one = this.#left[leftDepth - i] as number
      const other = this.#right[rightDepth - i] as number
      if (one !== other) return this.#names.compareLabels(one, other)
    }
    return leftDepth - rightDepth
  }

  /** Compares a node with the name last given to `labelsBelow`, `depth` labels below the apex. */
  #compareTo(node: number, wire: Uint8Array, at: number, depth: number): number {
    const nodeDepth = this.#path(node, this.#left)
    const shared = Math.min(nodeDepth, depth)
    for (let i = 1; i <= shared; i++) {
      const start = at + this.#names.start(depth - i)
      const difference = this.#names.compareLabelTo(
        this.#left[nodeDepth - i] as number,
        wire,
        start,
      )
      if (difference !== 0) return difference
    }
    return nodeDepth - depth
  }

  /** Writes the nodes from `node` up to the apex, which is left out; returns their number. */
  #path(node: number, into: Uint32Array): number {
    let depth = 0
    for (let at = node; at !== APEX; at = this.#names.parent(at)) into[depth++] = at
    return depth
  }
}
