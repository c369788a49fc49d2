/** Octets as hex, Base64 and Base32hex (RFC 4648; RFC 5155 3.3 for the last, without padding). */

/** Writes lower-case hex digits. */
export function formatHex(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += octet.toString(16).padStart(2, '0')
  return text
}

/** Reads an even number of hex digits in any case. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined
  const octets = new Uint8Array(text.length / 2)
  for (let i = 0; i < octets.length; i++) {
    octets[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  }
  return octets
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE32_HEX = '0123456789abcdefghijklmnopqrstuv'

/** Writes Base64 with padding. */
export function formatBase64(octets: Uint8Array): string {
  const text = formatDigits(octets, BASE64, 6)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Reads Base64 with padding (RFC 4648 section 4); undefined when it is malformed. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  return parseDigits(text.replace(/={1,2}$/, ''), BASE64, 6)
}

/** Writes Base32hex in lower case without padding. */
export function formatBase32Hex(octets: Uint8Array): string {
  return formatDigits(octets, BASE32_HEX, 5)
}

/** Reads Base32hex without padding, in any case. */
export function parseBase32Hex(text: string): Uint8Array | undefined {
  return parseDigits(text.toLowerCase(), BASE32_HEX, 5)
}

function formatDigits(octets: Uint8Array, alphabet: string, digitBits: number): string {
  let text = ''
  let value = 0
  let bits = 0
  for (const octet of octets) {
    value = (value << 8) | octet
    bits += 8
    for (; bits >= digitBits; bits -= digitBits) {
      text += alphabet[(value >> (bits - digitBits)) & ((1 << digitBits) - 1)]
    }
    value &= (1 << bits) - 1
  }
  if (bits > 0) text += alphabet[(value << (digitBits - bits)) & ((1 << digitBits) - 1)]
  return text
}

function parseDigits(text: string, alphabet: string, digitBits: number): Uint8Array | undefined {
  const octets = new Uint8Array(Math.floor((text.length * digitBits) / 8))
  let size = 0
  let value = 0
  let bits = 0
  for (const char of text) {
    const digit = alphabet.indexOf(char)
    if (digit < 0) return undefined
    value = (value << digitBits) | digit
    bits += digitBits
    if (bits >= 8) {
      bits -= 8
      octets[size++] = value >> bits
      value &= (1 << bits) - 1
    }
  }
  // A whole digit left over stands for no octet; bits left over must be zero.
  return bits >= digitBits || value !== 0 ? undefined : octets
}
