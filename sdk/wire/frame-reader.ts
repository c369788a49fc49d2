/** Cuts a stream of octets into messages with a length in front (RFC 1035 4.2.2, RFC 7766 8). */

/** Puts messages together however the octets arrive; holds at most one unfinished message. */
export class FrameReader {
  #frame: Uint8Array | undefined
  #filled = 0
  // The first octet of a length that was cut in two; -1 when there is none.
  #half = -1

  /** Gives every message that `bytes` completes to `onFrame`. */
  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#frame === undefined) {
        if (this.#half < 0 && at + 1 === bytes.length) {
          this.#half = bytes[at] as number
          return
        }
        const high = this.#half < 0 ? (bytes[at++] as number) : this.#half
        const size = (high << 8) | (bytes[at++] as number)
        this.#half = -1
        if (at + size <= bytes.length) {
          onFrame(bytes.subarray(at, at + size))
          at += size
        } else {
          this.#frame = new Uint8Array(size)
          this.#filled = 0
        }
        continue
      }
      const piece = bytes.subarray(at, at + this.#frame.length - this.#filled)
      this.#frame.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === this.#frame.length) {
        const whole = this.#frame
        this.#frame = undefined
        onFrame(whole)
      }
    }
  }
}
