/** Streams of messages with a length in front, arriving in pieces (RFC 1035 4.2.2, RFC 7766 8). */

import type { Random } from '@fingerpost/sdk'
import { FrameReader as UpstreamFrames } from '@fingerpost/sdk'
import { seededRandom } from '@fingerpost/sdk/testing'
import { FrameReader as ListenerFrames } from '../../core/listen/frame-reader.ts'
import { arbitraryOctets } from '../../sdk/record/arbitrary.ts'
import { ensure, sameOctets, type Target } from './target.ts'

/** Four octets of a seed that cuts the stream into pieces, then the stream. */
export const frameTarget: Target = {
  name: 'frames',
  input: 'the seed of the cuts and a stream',
  share: 40,
  prepare: (random) => ({ next: () => nextStream(random), check }),
}

function nextStream(random: Random): Uint8Array {
  const octets = [...arbitraryOctets(random, 4, 4)]
  for (let left = random.below(6); left > 0; left--) {
    const frame = arbitraryOctets(random, 0, random.below(10) === 0 ? 600 : 30)
    // Now and then a length that is not kept.
    const size = random.below(12) === 0 ? random.uint16() : frame.length
    octets.push(size >> 8, size & 0xff, ...frame)
  }
  return Uint8Array.from(octets)
}

function check(input: Uint8Array): void {
  const stream = input.slice(4)
  const expected = framesOf(stream)
  const seed = input.subarray(0, 4).reduce((sum, octet) => sum * 256 + octet, 0)
  const pieces = cut(stream, seededRandom(seed))
  const atListener = new ListenerFrames()
  const atUpstream = new UpstreamFrames()
  const listened: Uint8Array[] = []
  const received: Uint8Array[] = []
  for (const piece of pieces) {
    atListener.push(piece.slice())
    for (let frame = atListener.next(); frame !== undefined; frame = atListener.next()) {
      listened.push(frame)
    }
    atUpstream.push(piece.slice(), (frame) => received.push(frame.slice()))
  }
  ensureSame(listened, expected, 'the listener')
  ensureSame(received, expected, 'forward')
  const whole = expected.reduce((sum, frame) => sum + frame.length + 2, 0)
  ensure(atListener.isInFrame === whole < stream.length, 'the listener miscounts what is left')
}

/** Complete frames, read the plain way. */
function framesOf(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at + 2 <= stream.length; ) {
    const end = at + 2 + (((stream[at] as number) << 8) | (stream[at + 1] as number))
    if (end > stream.length) break
    frames.push(stream.subarray(at + 2, end))
    at = end
  }
  return frames
}

function cut(stream: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = []
  const longest = 1 + random.below(100)
  for (let at = 0; at < stream.length; ) {
    const size = 1 + random.below(longest)
    pieces.push(stream.subarray(at, at + size))
    at += size
  }
  return pieces
}

function ensureSame(got: Uint8Array[], expected: Uint8Array[], who: string): void {
  const isSame = got.length === expected.length
  ensure(isSame && got.every((frame, i) => sameOctets(frame, expected[i]!)), `${who} errs`)
}
