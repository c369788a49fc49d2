/** Changes to octets and text that parsers tend to stumble over. */

import type { Random } from '@fingerpost/sdk'

// Ends of ranges, compression pointers, label lengths.
const OCTETS = [0, 1, 0x0c, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xff]
const MAX_SIZE = 4096

/** Picks one of several. */
export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T
}

/** Makes `count` changes (1 to 4 by default) to a copy of `octets`. */
export function mutate(
  random: Random,
  octets: Uint8Array,
  count: number = 1 + random.below(4),
): Uint8Array {
  let result: Uint8Array = octets.slice()
  for (let left = count; left > 0; left--) result = mutateOnce(random, result)
  return result.length > MAX_SIZE ? result.slice(0, MAX_SIZE) : result
}

function mutateOnce(random: Random, octets: Uint8Array): Uint8Array {
  const at = random.below(octets.length + 1)
  if (octets.length > 0 && at < octets.length) {
    switch (random.below(6)) {
      case 0:
        octets[at] = (octets[at] as number) ^ (1 << random.below(8))
        return octets
      case 1:
        octets[at] = pick(random, OCTETS)
        return octets
      case 2:
        octets[at] = random.below(256)
        return octets
      // The counts of the header, in messages.
      case 3:
        octets[Math.min(octets.length - 1, 5 + 2 * random.below(4))] = random.below(4)
        return octets
    }
  }
  const size = 1 + random.below(random.below(8) === 0 ? 64 : 6)
  switch (random.below(5)) {
    case 0:
      return octets.slice(0, at)
    case 1:
      return splice(octets, at, size, new Uint8Array(0))
    case 2:
      return splice(octets, at, 0, octets.subarray(at, at + size))
    case 3:
      return splice(
        octets,
        at,
        0,
        Uint8Array.from({ length: size }, () => random.below(256)),
      )
    default:
      return splice(octets, at, 2, Uint8Array.of(pick(random, OCTETS), pick(random, OCTETS)))
  }
}

function splice(octets: Uint8Array, at: number, gone: number, fresh: Uint8Array): Uint8Array {
  const tail = octets.subarray(at + gone)
  const result = new Uint8Array(at + fresh.length + tail.length)
  result.set(octets.subarray(0, at))
  result.set(fresh, at)
  result.set(tail, at + fresh.length)
  return result
}

/** Makes 0 to 6 changes to `text`, with pieces of `corpus` and of `bits`. */
export function mutateText(
  random: Random,
  text: string,
  bits: readonly string[],
  corpus: readonly string[],
): string {
  for (let left = random.below(7); left > 0; left--) {
    const at = random.below(text.length + 1)
    const rest = random.below(4) === 0 ? at + random.below(8) : at
    const other = pick(random, corpus)
    const from = random.below(other.length + 1)
    const piece = [
      () => pick(random, bits),
      () => pick(random, bits).repeat(random.below(4)),
      () => other.slice(from, from + random.below(60)),
      () => text.slice(from, from + random.below(30)),
      () => String.fromCharCode(random.below(random.below(4) === 0 ? 0x1_0000 : 128)),
      () => '',
    ]
    text = text.slice(0, at) + pick(random, piece)() + text.slice(rest + random.below(2))
  }
  return text
}
