/** What a collector of dnstap says, arriving in pieces: control frames of Frame Streams. */

import type { Random } from '@fingerpost/sdk'
import {
  type ControlFrame,
  ControlReader,
  composeControl,
} from '../../plugins/dnstap/frame-stream.ts'
import { arbitraryOctets } from '../../sdk/record/arbitrary.ts'
import { ensure, type Target } from './target.ts'

/** An octet that says how long pieces are, then the stream. */
export const controlFrameTarget: Target = {
  name: 'control-frames',
  input: 'the size of the pieces and a stream',
  share: 10,
  prepare: (random) => ({ next: () => nextStream(random), check }),
}

function nextStream(random: Random): Uint8Array {
  const octets = [...arbitraryOctets(random, 1, 1)]
  for (let left = 1 + random.below(4); left > 0; left--) {
    const frame = composeControl(1 + random.below(6))
    // Now and then an octet is another one, or the end is missing.
    if (random.below(3) === 0) frame[random.below(frame.length)] = random.below(256)
    const size = random.below(8) === 0 ? random.below(frame.length) : frame.length
    octets.push(...frame.subarray(0, size))
  }
  return Uint8Array.from(octets)
}

function check(input: Uint8Array): void {
  const stream = input.subarray(1)
  const whole = read([stream])
  const size = 1 + ((input[0] ?? 0) % 40)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.slice(at, at + size))
  ensure(JSON.stringify(read(pieces)) === JSON.stringify(whole), 'pieces are read otherwise')
}

/** The frames, and why there are no more. */
function read(pieces: readonly Uint8Array[]): (ControlFrame | string)[] {
  const got: (ControlFrame | string)[] = []
  const reader = new ControlReader()
  try {
    for (const piece of pieces) reader.push(piece, (frame) => got.push(frame))
  } catch (error) {
    // A fault of the program has another name.
    ensure(error instanceof Error && error.constructor === Error, String(error))
    got.push(error.message)
  }
  return got
}
