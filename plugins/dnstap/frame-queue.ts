/** Frames that wait for the collector, each with its length in front, bounded in both ways. */

/** Frames that wait, for each unit of QUEUE. */
export const MAX_FRAMES = 10_000
/** Octets that wait, for each unit of QUEUE. */
export const MAX_QUEUED_SIZE: number = 8 * 2 ** 20

// Frames share pieces of memory of this size, each of which is one write.
const CHUNK_SIZE = 32 * 1024

/** Copies what it is given. */
export class FrameQueue {
  readonly #maxFrames: number
  readonly #maxSize: number
  #full: Uint8Array[] = []
  #chunk = new Uint8Array(0)
  #used = 0
  frameCount = 0
  sizeBytes = 0

  constructor(units: number) {
    this.#maxFrames = MAX_FRAMES * units
    this.#maxSize = MAX_QUEUED_SIZE * units
  }

  /** False when there is no room. */
  push(frame: Uint8Array): boolean {
    const size = 4 + frame.length
    if (this.frameCount >= this.#maxFrames || this.sizeBytes + size > this.#maxSize) return false
    if (this.#used + size > this.#chunk.length) {
      this.#endChunk()
      this.#chunk = new Uint8Array(Math.max(CHUNK_SIZE, size))
    }
    for (let shift = 24; shift >= 0; shift -= 8) this.#chunk[this.#used++] = frame.length >>> shift
    this.#chunk.set(frame, this.#used)
    this.#used += frame.length
    this.sizeBytes += size
    this.frameCount++
    return true
  }

  /** Takes everything out. */
  take(): readonly Uint8Array[] {
    this.#endChunk()
    const taken = this.#full
    this.#full = []
    this.frameCount = 0
    this.sizeBytes = 0
    return taken
  }

  #endChunk(): void {
    if (this.#used > 0) this.#full.push(this.#chunk.subarray(0, this.#used))
    // What is left of it may be filled while the system still reads the front.
    this.#chunk = this.#chunk.subarray(this.#used)
    this.#used = 0
  }
}
