/** Cuts a stream of octets into lines of text: a watch sends one event a line. */

const LINE_FEED = 0x0a

/** Gathers octets until lines are complete. */
export class LineReader {
  readonly #maxLineBytes: number
  readonly #onLine: (line: string) => void
  readonly #decoder = new TextDecoder()
  #parts: Uint8Array[] = []
  #partBytes = 0

  /** `onLine` gets lines without their end; empty ones are passed over. */
  constructor(maxLineBytes: number, onLine: (line: string) => void) {
    this.#maxLineBytes = maxLineBytes
    this.#onLine = onLine
  }

  /**
   * Takes octets, which belong to the reader from then on.
   * @throws RangeError when a line is longer than it may be, and whatever `onLine` throws
   */
  push(bytes: Uint8Array): void {
    let start = 0
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, start)
      if (end < 0) break
      this.#keep(bytes.subarray(start, end))
      start = end + 1
      const line = this.#takeLine()
      if (line !== '') this.#onLine(line)
    }
    this.#keep(bytes.subarray(start))
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#partBytes += part.length
    if (this.#partBytes > this.#maxLineBytes) {
      throw new RangeError(`a line is longer than ${this.#maxLineBytes} octets`)
    }
    this.#parts.push(part)
  }

  #takeLine(): string {
    const line = this.#decoder.decode(joinBytes(this.#parts, this.#partBytes))
    this.#parts = []
    this.#partBytes = 0
    return line
  }
}

/** Joins pieces into one; a single piece is given back as it is. */
export function joinBytes(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const joined = new Uint8Array(totalBytes)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
