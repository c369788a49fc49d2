/** Messages on a byte stream, each after its length in two octets. RFC 1035 4.2.2. */

/** Puts the length in front of a message. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

/** Returns a function that takes chunks of a stream and calls back for each whole message. */
export function unframe(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2) {
      const end = 2 + pending.readUInt16BE()
      if (pending.length < end) return
      const message = pending.subarray(2, end)
      pending = pending.subarray(end)
      onMessage(message)
    }
  }
}
