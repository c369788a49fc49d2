// Asks now and then over UDP, each query once, and prints how long answers took, as JSON. It sleeps
// in between, so that it can share a processor with a client that never does.
//
//   probe.mjs PORT NAME PER_SECOND SECONDS ADDRESS
import { createSocket } from 'node:dgram'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { composeQuery } from './query.mjs'

const LATE_MS = 1000

const [port, name, perSecond, seconds, address] = process.argv.slice(2)
const sentAt = new Map()
const times = []
const socket = createSocket('udp4')
await new Promise((resolve) =>
  socket.bind(0, address, () => socket.connect(Number(port), '127.0.0.1', resolve)),
)
socket.on('message', (reply) => {
  const id = reply.readUInt16BE(0)
  const sent = sentAt.get(id)
  if (sent !== undefined && performance.now() - sent <= LATE_MS)
    times.push(performance.now() - sent)
  sentAt.delete(id)
})
socket.on('error', () => {})
let sent = 0
const startMs = performance.now()
for (let passedMs = 0; passedMs < Number(seconds) * 1000; passedMs = performance.now() - startMs) {
  for (; sent < (passedMs / 1000) * Number(perSecond); sent++) {
    const id = sent & 0xffff
    sentAt.set(id, performance.now())
    socket.send(composeQuery(id, name))
  }
  await sleep(1000 / Number(perSecond))
}
await sleep(LATE_MS)
times.sort((left, right) => left - right)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ sent, answered: times.length, p50: at(0.5), p99: at(0.99) }))
process.exit()
