/**
 * DNS messages in gRPC: the message `DnsPacket { bytes msg = 1 }` of protocol buffers, behind a flag
 * for compression and a length of four octets. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

const PREFIX_SIZE = 5
const OCTETS = 2
/** The key of field 1 with octets. */
const MESSAGE_KEY = (1 << 3) | OCTETS
const MAX_VARINT_OCTETS = 10

/** Frames a DNS message. */
export function composePacket(message: Uint8Array): Uint8Array {
  const head: number[] = [MESSAGE_KEY]
  let left = message.length
  for (; left > 0x7f; left >>>= 7) head.push((left & 0x7f) | 0x80)
  head.push(left)
  const size = head.length + message.length
  const packet = new Uint8Array(PREFIX_SIZE + size)
  new DataView(packet.buffer).setUint32(1, size)
  packet.set(head, PREFIX_SIZE)
  packet.set(message, PREFIX_SIZE + head.length)
  return packet
}

/** The DNS message in a frame; undefined when there is none, or something is wrong with it. */
export function readPacket(packet: Uint8Array): Uint8Array | undefined {
  if (packet.length < PREFIX_SIZE || packet[0] !== 0) return undefined
  const size = new DataView(packet.buffer, packet.byteOffset).getUint32(1)
  if (size !== packet.length - PREFIX_SIZE) return undefined
  let message: Uint8Array | undefined
  for (let at = PREFIX_SIZE; at < packet.length; ) {
    const key = readVarint(packet, at)
    const value = key && readVarint(packet, key.end)
    if (key === undefined || value === undefined) return undefined
    const isOctets = (key.value & 7) === OCTETS
    // Other fields are passed over; DNS servers send numbers and octets at most.
    if (!isOctets && (key.value & 7) !== 0) return undefined
    const end = isOctets ? value.end + value.value : value.end
    if (end > packet.length) return undefined
    if (key.value === MESSAGE_KEY) message = packet.subarray(value.end, end)
    at = end
  }
  return message
}

function readVarint(octets: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = 0; i < MAX_VARINT_OCTETS; i++) {
    const octet = octets[at + i]
    if (octet === undefined) return undefined
    value += (octet & 0x7f) * 2 ** (7 * i)
    if (octet < 0x80) return { value, end: at + i + 1 }
  }
  return undefined
}
