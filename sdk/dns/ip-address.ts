/** IP addresses as text and as octets: RFC 4291 2.2 and RFC 5952 for IPv6, dotted decimal for IPv4. */

/**
 * Reads an IPv4 or IPv6 address: 4 or 16 octets, undefined when it is neither. No zone, no
 * brackets, no prefix length, no octet with leading zeros.
 */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** Whether an address, 4 or 16 octets, is the host itself: 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127
  return address.every((octet, i) => octet === (i === 15 ? 1 : 0))
}

/** Writes 4 or 16 octets as an address. */
export function formatIp(octets: Uint8Array): string {
  return octets.length === 4 ? formatIpv4(octets) : formatIpv6(octets)
}

/** Reads four decimal numbers; one with leading zeros (octal to some) is refused. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const octets = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i] as string
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    octets[i] = Number(part)
  }
  return octets
}

/** Reads an IPv6 address in any of the forms of RFC 4291 2.2. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const left = parseGroups(halves[0] as string, halves.length === 1)
  if (halves.length === 1) return left?.length === 16 ? Uint8Array.from(left) : undefined
  const right = parseGroups(halves[1] as string, true)
  // `::` stands for at least one group.
  if (left === undefined || right === undefined || left.length + right.length > 14) return undefined
  const octets = new Uint8Array(16)
  octets.set(left)
  octets.set(right, 16 - right.length)
  return octets
}

/** Writes four octets in dotted decimal. */
export function formatIpv4(octets: Uint8Array): string {
  return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`
}

/** Writes 16 octets as RFC 5952 wants: lower case, the longest run of zeros as `::`. */
export function formatIpv6(octets: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) {
    groups.push(((octets[i] as number) << 8) | (octets[i + 1] as number))
  }
  // RFC 5952 section 5: the IPv4-mapped prefix is well known.
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${formatIpv4(octets.subarray(12))}`
  }
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  // A single group of zeros is not shortened (RFC 5952 4.2.2).
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** Reads the groups on one side of `::`; only the last side may end in an IPv4 address. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const group = Number.parseInt(part, 16)
      octets.push(group >> 8, group & 0xff)
      continue
    }
    const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : undefined
    if (ipv4 === undefined) return undefined
    octets.push(...ipv4)
  }
  return octets
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
