// Asks evenly at a rate, answered or not, and prints what became of it, as JSON. dnsperf makes up
// for the time in which it could not send by bursts of ten times the rate. Runs under Bun, which
// sends many datagrams by one call.
//
//   flood.mjs PORT PER_SECOND SECONDS FILE_OF_QUERIES [ADDRESS]
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { composeQuery } from './query.mjs'

const SOCKETS = 20
const IDS = 1 << 16
const LATE_MS = 1000

const [port, perSecond, seconds, file, address = '127.0.0.1'] = process.argv.slice(2)
const queries = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => composeQuery(0, line.split(' ')[0]))
const sentMs = new Float64Array(SOCKETS * IDS)
const times = []
const sockets = await Promise.all(
  Array.from({ length: SOCKETS }, (_, i) =>
    Bun.udpSocket({
      hostname: address,
      connect: { hostname: '127.0.0.1', port: Number(port) },
      binaryType: 'uint8array',
      socket: {
        data(_, reply) {
          const at = i * IDS + ((reply[0] << 8) | reply[1])
          const ms = performance.now() - sentMs[at]
          if (ms <= LATE_MS) times.push(ms)
          sentMs[at] = Number.NEGATIVE_INFINITY
        },
        error() {},
      },
    }),
  ),
)
let sent = 0
const startMs = performance.now()
for (let passedMs = 0; passedMs < Number(seconds) * 1000; passedMs = performance.now() - startMs) {
  const batches = sockets.map(() => [])
  const nowMs = performance.now()
  for (; sent < (passedMs / 1000) * Number(perSecond); sent++) {
    const i = sent % SOCKETS
    const id = Math.floor(sent / SOCKETS) % IDS
    sentMs[i * IDS + id] = nowMs
    const query = Buffer.from(queries[sent % queries.length])
    query.writeUInt16BE(id)
    batches[i].push(query)
  }
  for (const [i, batch] of batches.entries()) if (batch.length > 0) sockets[i].sendMany(batch)
  await sleep(1)
}
await sleep(LATE_MS)
times.sort((left, right) => left - right)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ sent, answered: times.length, p50: at(0.5), p99: at(0.99) }))
process.exit()
