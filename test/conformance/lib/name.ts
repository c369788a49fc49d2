/**
 * Names between text and wire, written independently of the SDK so that an error there can't hide.
 * RFC 1035 3.1, 4.1.4 (compression), 5.1 (escapes).
 */

const maxNameOctets = 255
const escapedCharacters = '.\\"();@$'

/**
 * Parses the name at an offset of a message; compression pointers may only point backwards.
 * @returns the name as text with its final dot, and the offset after it; throws when malformed
 */
export function parseName(message: Buffer, offset: number): { text: string; end: number } {
  let text = ''
  let octets = 1
  let end: number | undefined
  let at = offset
  let lowest = offset
  for (;;) {
    const length = message[at]
    if (length === undefined) throw new Error('name runs past the end of the message')
    if (length === 0) return { text: text || '.', end: end ?? at + 1 }
    if (length >= 0xc0) {
      if (at + 2 > message.length) throw new Error('compression pointer cut short')
      end ??= at + 2
      at = message.readUInt16BE(at) & 0x3fff
      if (at >= lowest) throw new Error('compression pointer does not point backwards')
      lowest = at
    } else {
      if (length > 63) throw new Error('reserved label type')
      const label = message.subarray(at + 1, at + 1 + length)
      if (label.length < length) throw new Error('label runs past the end of the message')
      octets += length + 1
      if (octets > maxNameOctets) throw new Error('name longer than 255 octets')
      text += `${Array.from(label, escapeOctet).join('')}.`
      at += length + 1
    }
  }
}

/** Composes a name in text uncompressed; a missing final dot is implied. */
export function composeName(text: string): Buffer {
  const labels: number[][] = []
  let label: number[] = []
  for (const [token, ddd, escaped] of text.matchAll(/\\(\d{3})|\\(.)|./gsu)) {
    if (token === '.') {
      if (label.length > 0) labels.push(label)
      label = []
    } else if (ddd !== undefined) {
      label.push(Number(ddd))
    } else {
      label.push(...Buffer.from(escaped ?? token))
    }
  }
  if (label.length > 0) labels.push(label)
  return Buffer.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0])
}

function escapeOctet(octet: number): string {
  const character = String.fromCharCode(octet)
  if (escapedCharacters.includes(character)) return `\\${character}`
  if (octet > 0x20 && octet < 0x7f) return character
  return `\\${String(octet).padStart(3, '0')}`
}
