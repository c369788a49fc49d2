// The cluster's DNS: answers every name over UDP and TCP with the address of who asks, so that a
// client sees whether the node's server asked for it. One that asked over IPv4 is mapped to IPv6.
import dgram from 'node:dgram'
import net from 'node:net'

const TTL_SECONDS = 30
const A = 1
const AAAA = 28

/** Header, question and one address. */
function answer(query, from) {
  let end = 12
  while (query[end] !== 0) end += query[end] + 1
  end += 5
  const type = query.readUInt16BE(end - 4)
  const address = from.replace(/^::ffff:/, '')
  const isMatch = type === AAAA || (type === A && net.isIPv4(address))
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(0x8580, 2)
  head.writeUInt16BE(isMatch ? 1 : 0, 6)
  head.fill(0, 8, 12)
  if (!isMatch) return head
  const data = octets(address, type)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(type, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(TTL_SECONDS, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, record, data])
}

function octets(address, type) {
  if (net.isIPv4(address)) {
    const mapped = type === AAAA ? [...Array(10).fill(0), 255, 255] : []
    return Buffer.from([...mapped, ...address.split('.').map(Number)])
  }
  const [left, right = ''] = address.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === '' ? [] : right.split(':')
  const groups = [...before, ...Array(8 - before.length - after.length).fill('0'), ...after]
  const data = Buffer.alloc(16)
  for (const [i, group] of groups.entries()) data.writeUInt16BE(Number.parseInt(group, 16), 2 * i)
  return data
}

for (const [type, address] of [
  ['udp4', '0.0.0.0'],
  ['udp6', '::'],
]) {
  const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' })
  socket.on('message', (query, from) => {
    socket.send(answer(query, from.address), from.port, from.address)
  })
  await new Promise((resolve) => socket.bind(53, address, resolve))
}
const server = net.createServer((connection) => {
  let held = Buffer.alloc(0)
  connection.on('error', () => {})
  connection.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const size = held.readUInt16BE(0)
      const reply = answer(held.subarray(2, 2 + size), connection.remoteAddress)
      held = held.subarray(2 + size)
      const prefix = Buffer.alloc(2)
      prefix.writeUInt16BE(reply.length)
      connection.write(Buffer.concat([prefix, reply]))
    }
  })
})
await new Promise((resolve) => server.listen(53, '::', resolve))
console.log('ready')
