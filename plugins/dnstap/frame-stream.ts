/** Control frames of Frame Streams, the protocol that carries dnstap (both ends talk). */

/** Kinds of control frames. */
export const Control = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 } as const

/** What dnstap's frames have in them. */
export const CONTENT_TYPE = 'protobuf:dnstap.Dnstap'

/** Octets that a control frame may have. */
export const MAX_CONTROL_SIZE = 512

const FIELD_CONTENT_TYPE = 1

/** A control frame; READY and START say what will be sent. */
export function composeControl(kind: number): Uint8Array {
  const contentType =
    kind === Control.READY || kind === Control.START
      ? new TextEncoder().encode(CONTENT_TYPE)
      : undefined
  const size = 4 + (contentType === undefined ? 0 : 8 + contentType.length)
  const frame = new Uint8Array(8 + size)
  const view = new DataView(frame.buffer)
  // A length of 0 says that the frame is a control frame.
  view.setUint32(4, size)
  view.setUint32(8, kind)
  if (contentType !== undefined) {
    view.setUint32(12, FIELD_CONTENT_TYPE)
    view.setUint32(16, contentType.length)
    frame.set(contentType, 20)
  }
  return frame
}

/** A control frame that came. */
export interface ControlFrame {
  readonly kind: number
  readonly contentTypes: readonly string[]
}

/** Reads the control frames of the other end, however the octets arrive. */
export class ControlReader {
  #pending = new Uint8Array(0)

  /**
   * Gives every frame that `bytes` completes to `onFrame`.
   * @throws an error when it is no control frame
   */
  push(bytes: Uint8Array, onFrame: (frame: ControlFrame) => void): void {
    let octets = new Uint8Array(this.#pending.length + bytes.length)
    octets.set(this.#pending)
    octets.set(bytes, this.#pending.length)
    while (octets.length >= 8) {
      const view = new DataView(octets.buffer, octets.byteOffset)
      const size = view.getUint32(4)
      if (view.getUint32(0) !== 0) throw new Error('it does not speak Frame Streams')
      if (size < 4 || size > MAX_CONTROL_SIZE) {
        throw new Error(`it sent a control frame of ${size} octets`)
      }
      if (octets.length < 8 + size) break
      onFrame(parseControl(octets.subarray(8, 8 + size)))
      octets = octets.slice(8 + size)
    }
    this.#pending = octets
  }
}

function parseControl(frame: Uint8Array): ControlFrame {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  const contentTypes: string[] = []
  let at = 4
  while (at + 8 <= frame.length) {
    const end = at + 8 + view.getUint32(at + 4)
    if (end > frame.length) throw new Error('it sent a control frame that is cut short')
    if (view.getUint32(at) === FIELD_CONTENT_TYPE) {
      contentTypes.push(new TextDecoder().decode(frame.subarray(at + 8, end)))
    }
    at = end
  }
  return { kind: view.getUint32(0), contentTypes }
}
