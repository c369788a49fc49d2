/** Cuts a stream into messages by their two-octet length. RFC 1035 4.2.2, RFC 7766 section 8. */

/** Reads frames from chunks that may be split anywhere. */
export class FrameReader {
  // What was received and not read: `#chunk` from `#at` on.
  #chunk: Uint8Array = EMPTY
  #at = 0
  // -1: the next octet is the first of a length; -2 - n: n is the first octet, the second is next.
  #size = -1
  // A frame that came in part, and how much of it. It grows with what was really received, so that
  // announcing a long message costs a peer as much as it costs us.
  #partial: Uint8Array = EMPTY
  #filled = 0

  /** Whether a frame has begun that isn't complete. */
  get isInFrame(): boolean {
    return this.#size !== -1 || this.#at < this.#chunk.length
  }

  /** Adds octets; take the frames with {@link next} until there are none. */
  push(chunk: Uint8Array): void {
    if (this.#at === this.#chunk.length) {
      this.#chunk = chunk
    } else {
      const both = new Uint8Array(this.#chunk.length - this.#at + chunk.length)
      both.set(this.#chunk.subarray(this.#at))
      both.set(chunk, this.#chunk.length - this.#at)
      this.#chunk = both
    }
    this.#at = 0
  }

  /** The next complete frame, in a buffer of its own; undefined if there is none yet. */
  next(): Uint8Array | undefined {
    if (!this.#readSize()) return this.#forgetChunk()
    const size = this.#size
    const available = this.#chunk.length - this.#at
    if (this.#filled + available < size) {
      this.#keep(available)
      return this.#forgetChunk()
    }
    const frame = new Uint8Array(size)
    frame.set(this.#partial.subarray(0, this.#filled))
    const end = this.#at + size - this.#filled
    frame.set(this.#chunk.subarray(this.#at, end), this.#filled)
    this.#at = end
    this.#size = -1
    this.#filled = 0
    this.#partial = EMPTY
    return frame
  }

  #readSize(): boolean {
    while (this.#size < 0) {
      if (this.#at === this.#chunk.length) return false
      const octet = this.#chunk[this.#at++] as number
      this.#size = this.#size === -1 ? -2 - octet : ((-2 - this.#size) << 8) | octet
    }
    return true
  }

  #keep(count: number): void {
    const filled = this.#filled + count
    if (filled > this.#partial.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(filled, 2 * this.#partial.length)))
      grown.set(this.#partial.subarray(0, this.#filled))
      this.#partial = grown
    }
    this.#partial.set(this.#chunk.subarray(this.#at), this.#filled)
    this.#filled = filled
  }

  #forgetChunk(): undefined {
    this.#chunk = EMPTY
    this.#at = 0
  }
}

const EMPTY = new Uint8Array(0)
