/** Arrays that grow: what stands in for lists of objects where there may be millions of them. */

/** The array itself, or a longer copy when `length` does not fit. */
export function withRoom<A extends Uint8Array | Uint16Array | Uint32Array>(
  array: A,
  length: number,
): A {
  if (length <= array.length) return array
  const Kind = array.constructor as new (length: number) => A
  const longer = new Kind(Math.max(length, Math.ceil(array.length * GROWTH)))
  longer.set(array)
  return longer
}

// Doubling would leave a quarter of a large zone's memory unused on average.
const GROWTH = 1.6
