/**
 * Takes the JSON of a list, or of the events of a watch, apart as its octets come: each item is
 * handed over as a text of its own, without what DNS has no use for. So neither a page nor what is
 * most of it, the notes that controllers make for themselves, is ever in memory as a whole, and
 * `JSON.parse` has half to read. RFC 8259.
 */

/** Octets that are copied one by one sooner than by a call. */
const MAX_COPIED_HERE = 256

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const ZERO = 0x30
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Members whose values are left out wherever they are, but not as labels: a 0 takes their place. */
export const LEFT_OUT: readonly string[] = [
  'managedFields',
  'ownerReferences',
  'kubectl.kubernetes.io/last-applied-configuration',
  'uid',
  'nodeName',
  'selector',
  'containers',
  'initContainers',
  'ephemeralContainers',
  'containerStatuses',
  'initContainerStatuses',
  'volumes',
  'tolerations',
  'affinity',
  'creationTimestamp',
  'generateName',
  'generation',
  'finalizers',
  'serving',
  'terminating',
  'targetPort',
  'sessionAffinity',
  'internalTrafficPolicy',
  'ipFamilies',
  'ipFamilyPolicy',
]

const HASH_SEED = 0x811c9dc5 | 0
const HASH_FACTOR = 0x01000193
const leftOut: ReadonlySet<number> = new Set(LEFT_OUT.map(hashOf))
const nothing: ReadonlySet<number> = new Set()
const itemsHash = hashOf('items')
const labelsHash = hashOf('labels')
/** Items are objects in an array in an object. */
const ITEM_DEPTH = 3

export interface ItemReaderOptions {
  /** What is read: a list, or items one after another without end. */
  readonly from: 'list' | 'stream'
  /** Of an item, and of what is around the items. */
  readonly maxTextBytes: number
  /** Whether nothing is left out. */
  readonly isWhole?: boolean | undefined
  /** Gets the JSON of each item. */
  onItem(text: string): void
}

/** Reads the items of one list or one stream. */
export class ItemReader {
  readonly #options: ItemReaderOptions
  readonly #isStream: boolean
  readonly #leftOut: ReadonlySet<number>
  readonly #decoder = new TextDecoder()
  // What is kept: of the list around the items and, from `#itemAt` on, of an item.
  #kept = new Uint8Array(4096)
  #keptSize = 0
  #itemAt = -1
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** The hash of the string that was read last or is being read: at a colon, the member's name. */
  #hash = 0
  /** The depth of a member whose value is being left out; -1 for none. */
  #leftOutDepth = -1
  #isInItems = false
  /** The depth of the labels that are being read, whose names anyone may choose; -1 for none. */
  #labelsDepth = -1

  constructor(options: ItemReaderOptions) {
    this.#options = options
    this.#isStream = options.from === 'stream'
    this.#leftOut = options.isWhole ? nothing : leftOut
    if (!this.#isStream) return
    // As if the items were those of a list that has begun.
    this.#depth = ITEM_DEPTH - 1
    this.#isInItems = true
  }

  /**
   * Takes the octets from `start` up to `end`.
   * @throws RangeError when a text is longer than it may be, SyntaxError when there is something
   * else between the items of a stream, and whatever `onItem` throws
   */
  push(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    // Where octets begin that are to be kept.
    let from = start
    let at = this.#isInString ? this.#passString(bytes, start, end) : start
    for (; at < end; at++) {
      switch (bytes[at]) {
        case QUOTE:
          this.#isInString = true
          this.#hash = HASH_SEED
          at = this.#passString(bytes, at + 1, end) - 1
          break
        case COLON:
          if (this.#leftOutDepth < 0 && this.#labelsDepth < 0 && this.#leftOut.has(this.#hash)) {
            this.#keep(bytes, from, at + 1)
            this.#leftOutDepth = this.#depth
          }
          break
        case COMMA:
          if (this.#leftOutDepth === this.#depth) from = this.#endLeftOut(at)
          break
        case OPEN_BRACE:
        case OPEN_BRACKET:
          from = this.#enter(bytes, from, at)
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (this.#leftOutDepth === this.#depth) from = this.#endLeftOut(at)
          from = this.#leave(bytes, from, at)
      }
    }
    if (this.#leftOutDepth < 0) this.#keep(bytes, from, end)
  }

  /** A list's own JSON at its end, with a 0 for each item. */
  end(): string {
    return this.#decoder.decode(this.#kept.subarray(0, this.#keptSize))
  }

  /** Reads a string's octets; returns where it goes on after the string, or the end. */
  #passString(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    let hash = this.#hash
    let isEscaped = this.#isEscaped
    for (; at < end; at++) {
      const octet = bytes[at] as number
      if (isEscaped) isEscaped = false
      else if (octet === BACKSLASH) isEscaped = true
      else if (octet === QUOTE) {
        this.#isInString = false
        at++
        break
      }
      hash = Math.imul(hash ^ octet, HASH_FACTOR)
    }
    this.#hash = hash
    this.#isEscaped = isEscaped
    return at
  }

  #enter(bytes: Uint8Array, from: number, at: number): number {
    this.#depth++
    if (this.#hash === labelsHash && this.#labelsDepth < 0) this.#labelsDepth = this.#depth
    if (this.#depth === ITEM_DEPTH - 1) {
      this.#isInItems = bytes[at] === OPEN_BRACKET && this.#hash === itemsHash
    } else if (this.#depth === ITEM_DEPTH && this.#isInItems && bytes[at] === OPEN_BRACE) {
      this.#keep(bytes, from, at)
      this.#itemAt = this.#keptSize
      return at
    }
    return from
  }

  #leave(bytes: Uint8Array, from: number, at: number): number {
    if (this.#labelsDepth === this.#depth) this.#labelsDepth = -1
    this.#depth--
    if (this.#depth !== ITEM_DEPTH - 1 || this.#itemAt < 0) return from
    this.#keep(bytes, from, at + 1)
    const text = this.#decoder.decode(this.#kept.subarray(this.#itemAt, this.#keptSize))
    this.#keptSize = this.#itemAt
    this.#itemAt = -1
    if (!this.#isStream) this.#keepZero()
    this.#options.onItem(text)
    return at + 1
  }

  #endLeftOut(at: number): number {
    this.#leftOutDepth = -1
    this.#keepZero()
    return at
  }

  #keepZero(): void {
    this.#makeRoom(1)
    this.#kept[this.#keptSize++] = ZERO
  }

  #keep(bytes: Uint8Array, from: number, end: number): void {
    if (end <= from) return
    if (this.#isStream && this.#itemAt < 0) {
      passSpace(bytes, from, end)
      return
    }
    this.#makeRoom(end - from)
    const kept = this.#kept
    let size = this.#keptSize
    if (end - from > MAX_COPIED_HERE) kept.set(bytes.subarray(from, end), size)
    else for (let at = from; at < end; at++) kept[size++] = bytes[at] as number
    this.#keptSize += end - from
  }

  #makeRoom(octets: number): void {
    const size = this.#keptSize + octets
    const { maxTextBytes } = this.#options
    if (size - Math.max(this.#itemAt, 0) > maxTextBytes) {
      throw new RangeError(`an item is longer than ${maxTextBytes} octets`)
    }
    if (size <= this.#kept.length) return
    const longer = new Uint8Array(Math.max(size, this.#kept.length * 2))
    longer.set(this.#kept.subarray(0, this.#keptSize))
    this.#kept = longer
  }
}

function passSpace(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end; at++) {
    if ((bytes[at] as number) > SPACE) throw new SyntaxError('there is no JSON object in its place')
  }
}

function hashOf(text: string): number {
  let hash = HASH_SEED
  for (const octet of new TextEncoder().encode(text)) hash = Math.imul(hash ^ octet, HASH_FACTOR)
  return hash
}
