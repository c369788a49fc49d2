// A client of a node's DNS, in a process of its own, since a process has one network namespace.
//
//   stub-resolver.mjs lookup udp|tcp SERVER NAME A|AAAA     one lookup, printed as JSON
//   stub-resolver.mjs steady SERVER LOOKUPS_PER_SECOND      looks up as glibc does until its standard
//                                                           input ends, then prints what it saw
//   stub-resolver.mjs tcp SERVER LOOKUPS_PER_SECOND         the same, each over a connection of its own
//   stub-resolver.mjs reach PER_SECOND URL …                gets each, over a connection of its own
//   stub-resolver.mjs load SERVER QUERIES_PER_SECOND        asks once each, counts what gets no answer
import dgram from 'node:dgram'
import net from 'node:net'

/** glibc's `timeout` and `attempts`. */
const TIMEOUT_MS = 5000
const ATTEMPTS = 2
const LOAD_TIMEOUT_MS = 2000
const LOAD_SOCKETS = 64
const LOAD_NAMES = 200
/** The beginning of an IPv4 address in IPv6, RFC 4291 section 2.5.5.2. */
const MAPPED = '00000000000000000000ffff'
const types = { A: 1, AAAA: 28 }

const [mode, ...words] = process.argv.slice(2)
const modes = { lookup, steady, tcp, reach, load }
console.log(JSON.stringify(await modes[mode](...words)))
process.exit()

async function lookup(protocol, server, name, type) {
  const query = compose(name, types[type])
  try {
    const reply = protocol === 'tcp' ? await askTcp(server, query) : await askAsGlibc(server, query)
    return { address: addressIn(reply) }
  } catch (error) {
    return { error: error.message }
  }
}

async function steady(server, perSecond) {
  const seen = { longestMs: 0, addresses: {} }
  const { rounds, failed } = await repeat(perSecond, async (turn) => {
    const name = `n${turn}.default.svc.cluster.local`
    const start = performance.now()
    const reply = await askAsGlibc(server, compose(name, types[addressType(server)]))
    const address = addressIn(reply)
    seen.addresses[address] = (seen.addresses[address] ?? 0) + 1
    seen.longestMs = Math.max(seen.longestMs, Math.round(performance.now() - start))
  })
  return { ...seen, lookups: rounds, failed }
}

function tcp(server, perSecond) {
  return repeat(perSecond, async (turn) => {
    const name = `t${turn}.default.svc.cluster.local`
    addressIn(await askTcp(server, compose(name, types[addressType(server)])))
  })
}

function reach(perSecond, ...urls) {
  return repeat(perSecond, async () => {
    for (const url of urls) {
      // A connection that waits in the very moment in which a server frees the port is reset by the
      // system: then it is tried again, at once and once.
      const response = await get(url).catch((error) => {
        if (error.cause?.code === 'ECONNRESET') return get(url)
        throw new Error(`${url}: ${error.cause?.code ?? error.message}`)
      })
      if (!response.ok) throw new Error(`${url}: ${response.status}`)
      await response.text()
    }
  })
}

function get(url) {
  return fetch(url, { headers: { connection: 'close' } })
}

/** The type of the addresses of a server's own family. */
function addressType(server) {
  return net.isIPv6(server) ? 'AAAA' : 'A'
}

/** Does something again and again; tells how often, and what went wrong. */
async function repeat(perSecond, run) {
  const seen = { rounds: 0, failed: [] }
  const running = new Set()
  const start = performance.now()
  const timer = setInterval(() => {
    const atMs = Math.round(performance.now() - start)
    const one = run(seen.rounds++).catch(({ message }) => seen.failed.push(`${atMs}: ${message}`))
    running.add(one)
    void one.finally(() => running.delete(one))
  }, 1000 / perSecond)
  console.log('started')
  await inputEnd()
  clearInterval(timer)
  await Promise.all(running)
  return seen
}

async function load(server, perSecond) {
  const open = new Map()
  const seen = { queries: 0, answered: 0, lost: 0, refused: 0 }
  const sockets = await Promise.all(
    Array.from({ length: LOAD_SOCKETS }, async (_, index) => {
      const socket = dgram.createSocket(net.isIPv6(server) ? 'udp6' : 'udp4')
      await new Promise((resolve) => socket.connect(53, server, resolve))
      socket.on('message', (reply) => {
        if (open.delete(index * 65536 + reply.readUInt16BE(0))) seen.answered++
      })
      socket.on('error', () => seen.refused++)
      return socket
    }),
  )
  const start = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * Number(perSecond)
    while (seen.queries < due) {
      const index = seen.queries % LOAD_SOCKETS
      const id = Math.floor(seen.queries / LOAD_SOCKETS) % 65536
      const query = compose(`n${seen.queries % LOAD_NAMES}.cluster.local`, types.A, id)
      open.set(index * 65536 + id, Math.round(performance.now() - start))
      sockets[index].send(query, () => {})
      seen.queries++
    }
  }, 1)
  console.log('started')
  await inputEnd()
  clearInterval(timer)
  const deadline = performance.now() + LOAD_TIMEOUT_MS
  while (open.size > 0 && performance.now() < deadline) await pause(20)
  seen.lost = open.size
  // When they were asked, in milliseconds since the beginning: for whoever has to find out why.
  seen.lostAtMs = [...new Set(open.values())]
  return seen
}

/** One socket for all attempts, the next attempt at once where the port is closed. */
async function askAsGlibc(server, query) {
  const socket = dgram.createSocket(net.isIPv6(server) ? 'udp6' : 'udp4')
  try {
    await new Promise((resolve) => socket.connect(53, server, resolve))
    let reason = ''
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const outcome = await new Promise((resolve) => {
        const timer = setTimeout(resolve, TIMEOUT_MS, 'timeout')
        const done = (result) => {
          clearTimeout(timer)
          resolve(result)
        }
        socket.once('message', done)
        socket.once('error', (error) => done(error.code))
        socket.send(query, (error) => {
          if (error) done(error.code)
        })
      })
      socket.removeAllListeners('message').removeAllListeners('error')
      if (typeof outcome !== 'string') return outcome
      reason = outcome
    }
    throw new Error(reason)
  } finally {
    socket.close()
  }
}

function askTcp(server, query) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(53, server)
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('timeout')))
    socket.on('error', (error) => reject(new Error(error.code ?? error.message)))
    let held = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return
      resolve(held.subarray(2))
      socket.destroy()
    })
    const prefix = Buffer.alloc(2)
    prefix.writeUInt16BE(query.length)
    socket.write(Buffer.concat([prefix, query]))
  })
}

function compose(name, type, id = Math.floor(Math.random() * 65536)) {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([head, ...labels, Buffer.from([0, type >> 8, type & 255, 0, 1])])
}

/** The address at the end of an answer with one record; what else it says, otherwise. */
function addressIn(reply) {
  const rcode = reply[3] & 15
  if (rcode !== 0) return `rcode ${rcode}`
  if (reply.readUInt16BE(6) !== 1) return 'no answer'
  // The record stands before OPT, which this client does not send.
  const data = reply.subarray(reply.length - reply.readUInt16BE(reply.length - lengthAt(reply)))
  return data.length === 4 ? data.join('.') : formatIpv6(data)
}

function lengthAt(reply) {
  return reply.readUInt16BE(reply.length - 6) === 4 ? 6 : 18
}

function formatIpv6(data) {
  if (data.subarray(0, 12).toString('hex') === MAPPED) return data.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => data.readUInt16BE(2 * i).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

async function inputEnd() {
  for await (const _ of process.stdin) {
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
