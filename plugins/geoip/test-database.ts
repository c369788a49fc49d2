/** Writes small databases in MaxMind's format, version 2.0, for tests. */

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value }

/** A database of networks (as bits of an IPv6 address, IPv4 below ::/96) and what they have. */
export function makeDatabase(networks: Readonly<Record<string, Value>>): Uint8Array {
  const data: number[] = []
  const nodes: [number | undefined, number | undefined][] = [[undefined, undefined]]
  const leaves = new Map<string, number>()
  for (const [network, value] of Object.entries(networks)) {
    const offset = data.length
    data.push(...encode(value))
    const bits = bitsOf(network)
    let node = 0
    for (const [i, bit] of bits.entries()) {
      if (i === bits.length - 1) {
        leaves.set(`${node} ${bit}`, offset)
        break
      }
      const pair = nodes[node] as [number | undefined, number | undefined]
      let next = pair[bit]
      if (next === undefined) {
        next = nodes.push([undefined, undefined]) - 1
        pair[bit] = next
      }
      node = next
    }
  }
  const count = nodes.length
  const tree = nodes.flatMap((pair, node) =>
    ([0, 1] as const).flatMap((bit) => {
      const leaf = leaves.get(`${node} ${bit}`)
      const record = leaf === undefined ? (pair[bit] ?? count) : count + 16 + leaf
      return [(record >> 16) & 255, (record >> 8) & 255, record & 255]
    }),
  )
  const metadata = encode({
    node_count: count,
    record_size: 24,
    ip_version: 6,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: 'a test' },
  })
  const marker = [0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com')]
  return Uint8Array.from([...tree, ...new Array(16).fill(0), ...data, ...marker, ...metadata])
}

/** The bits of `192.0.2.0/24` or `2001:db8::/32`. */
function bitsOf(network: string): (0 | 1)[] {
  const [address = '', length] = network.split('/')
  const isIpv4 = address.includes('.')
  const octets = isIpv4
    ? [...new Array(12).fill(0), ...address.split('.').map(Number)]
    : address
        .replace('::', ':0'.repeat(9 - address.split(':').filter(Boolean).length).concat(':'))
        .split(':')
        .filter(Boolean)
        .slice(0, 8)
        .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
  const bits = octets.flatMap((octet) =>
    Array.from({ length: 8 }, (_, i): 0 | 1 => ((octet >> (7 - i)) & 1) as 0 | 1),
  )
  return bits.slice(0, Number(length) + (isIpv4 ? 96 : 0))
}

function encode(value: Value): number[] {
  if (typeof value === 'string') {
    const octets = [...Buffer.from(value)]
    return [...control(2, octets.length), ...octets]
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) {
      const octets = Buffer.alloc(8)
      octets.writeDoubleBE(value)
      return [...control(3, 8), ...octets]
    }
    const octets = Buffer.alloc(4)
    octets.writeUInt32BE(value)
    return [...control(6, 4), ...octets]
  }
  if (Array.isArray(value)) return [...control(11, value.length), ...value.flatMap(encode)]
  const entries = Object.entries(value)
  return [
    ...control(7, entries.length),
    ...entries.flatMap(([name, one]) => [...encode(name), ...encode(one)]),
  ]
}

/** Type and size; types above 7 have an octet of their own, sizes above 28 one behind it. */
function control(type: number, size: number): number[] {
  const first = Math.min(size, 29)
  const rest = size < 29 ? [] : [size - 29]
  return type > 7 ? [first, type - 7, ...rest] : [(type << 5) | first, ...rest]
}
