/** Octets compared as DNS compares them: ASCII letters without case (RFC 4343). Hot path. */

/** Maps every octet to its lower case: only `A`–`Z` change (RFC 4343 section 3). */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
)

/** Reads a 16-bit number in network order; reading past the end gives 0 bits. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
}

/** Reads a 32-bit unsigned number in network order. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  )
}

/** Writes a 16-bit number in network order. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
}

/** Writes a 32-bit number in network order. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
}

/** Tells whether two ranges of one length are equal, ASCII letters compared without case. */
export function equalFold(
  left: Uint8Array,
  leftStart: number,
  right: Uint8Array,
  rightStart: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    const a = left[leftStart + i] as number
    const b = right[rightStart + i] as number
    if (a !== b && LOWER[a] !== LOWER[b]) return false
  }
  return true
}
