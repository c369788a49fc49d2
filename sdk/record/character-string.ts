/** Text with the escapes `\DDD` and `\X` to octets and back (RFC 1035 5.1). */

const encoder = new TextEncoder()

/** Undoes the escapes of a token; undefined when one is malformed. Other text becomes UTF-8. */
export function unescapeText(text: string): Uint8Array | undefined {
  const source = encoder.encode(text)
  if (!text.includes('\\')) return source
  const octets = new Uint8Array(source.length)
  let size = 0
  for (let at = 0; at < source.length; at++) {
    let octet = source[at] as number
    if (octet === 0x5c) {
      octet = source[++at] ?? -1
      if (octet < 0) return undefined
      if (octet >= 0x30 && octet <= 0x39) {
        const digits = String.fromCharCode(...source.subarray(at, at + 3))
        if (!/^\d{3}$/.test(digits) || Number(digits) > 255) return undefined
        octet = Number(digits)
        at += 2
      }
    }
    octets[size++] = octet
  }
  return octets.subarray(0, size)
}

/** Writes octets as text that may stand between quotes. */
export function escapeOctets(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) {
    if (octet < 0x20 || octet > 0x7e) text += `\\${String(octet).padStart(3, '0')}`
    else if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`
    else text += String.fromCharCode(octet)
  }
  return text
}

/** Writes a character-string in quotes. */
export function formatCharacterString(octets: Uint8Array): string {
  return `"${escapeOctets(octets)}"`
}
