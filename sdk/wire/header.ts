/** The header of a message: where its fields are and what its flags are (RFC 1035 4.1.1, 4035). */

/** Octets of the header; the question follows. */
export const HEADER_SIZE = 12

/** Bits of the 16-bit word at offset 2. */
export const Flag = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
  RCODE: 0x000f,
} as const

/** Offsets of the 16-bit fields. */
export const HeaderOffset = {
  ID: 0,
  FLAGS: 2,
  QDCOUNT: 4,
  ANCOUNT: 6,
  NSCOUNT: 8,
  ARCOUNT: 10,
} as const
