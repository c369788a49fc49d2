#!/usr/bin/env node
// Lets a server work for a quarter of an hour while all goes on around it that goes on in a cluster:
// endpoints change, the API goes away, upstreams end and hang, the configuration is edited.
//
//   node test/bench/soak.mjs [--minutes 15] [--rate 1000] [--multisocket 1] [--binary FILE]
//
// Ends with 1 when a query was not answered, or with SERVFAIL while an upstream was well, or when
// memory has grown by more than 5 %. README.md tells the method.
import { createSocket } from 'node:dgram'
import { renameSync } from 'node:fs'
import { connect } from 'node:net'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFiles, upstreamCommand } from './contestants.mjs'
import { existingQuestions, firstName, startApiServer } from './kubernetes/setup.mjs'
import { cpuMs, freePort, residentMiB, start, stop, untilAnswers } from './measure.mjs'
import { composeQuery } from './query.mjs'

const SERVICES = 1000
/** Names that only the upstreams know. */
const OUTSIDE = 1000
const CHANGES_PER_SECOND = 100
/** A query that has no answer by then has none: the forwarder gives up earlier. */
const PATIENCE_MS = 8000
const TCP_EVERY = 50
const SAMPLE_MS = 5000
const TICK_MS = 10
const WARM_MINUTES = 3
const MAX_GROWTH = 0.05
const NOERROR = 0
const SERVFAIL = 2
const NXDOMAIN = 3

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    rate: { type: 'string', default: '1000' },
    multisocket: { type: 'string', default: '1' },
    binary: {
      type: 'string',
      default: fileURLToPath(new URL('../../dist/fingerpost', import.meta.url)),
    },
  },
})
const files = makeFiles()
const world = { port: await freePort(), upstreams: [await freePort(), await freePort()] }
const api = await startApiServer(SERVICES)
const upstreams = world.upstreams.map(startUpstream)
const path = files.write('Corefile', corefile(0))
const server = start('0,1', `'${flags.binary}' -quiet -admin off -conf ${path}`)
const endMs = Date.now() + Number(flags.minutes) * 60_000
/** When answers from outside may fail: from and to, in milliseconds. */
const outages = []
const counts = { sent: 0, answered: 0, unanswered: 0, failedInOutage: 0, failed: 0, tcp: 0 }
const faults = []
let isBad = false
try {
  await untilAnswers(server, world.port, 'fingerpost', firstName)
  const memory = []
  await Promise.all([
    client(),
    sampler(memory),
    repeat(1, () => api.churn(CHANGES_PER_SECOND, 30)),
    repeat(20, edit),
    repeat(20, upstreamFault),
  ])
  report(memory)
} finally {
  api.stop()
  for (const child of [server, ...upstreams]) {
    child.kill('SIGCONT')
    await stop(child)
  }
  files.remove()
}
process.exit(isBad ? 1 : 0)

/** Every version has another zone and another option; every third one is refused. */
function corefile(version) {
  const [first, second] = world.upstreams.map((port) => `127.0.0.1:${port}`)
  return `.:${world.port} {
    bind 127.0.0.1
    multisocket ${flags.multisocket}
    errors {
        consolidate 1m ".*"
    }
    prometheus 127.0.0.1:0
    reload 2s 1s
    kubernetes cluster.local {
        endpoint ${api.url}
        ttl ${20 + (version % 10)}
    }
    cache 5 {
        success 2000
        denial 2000
    }
    forward . ${first} ${second} {
        policy sequential
        health_check 0.5s domain example
    }
    loadbalance
}
version-${version}.test:${world.port} {
    bind 127.0.0.1
    multisocket ${flags.multisocket}
    ${version % 3 === 2 ? 'nonsense' : 'whoami'}
}
`
}

function startUpstream(port) {
  const lines = Array.from({ length: OUTSIDE }, (_, i) => `host-${i}.example. 300 IN A 192.0.2.1`)
  return start(1, upstreamCommand(files, port, lines, 'example.'))
}

async function repeat(seconds, act) {
  for (let round = 1; ; round++) {
    await sleep(seconds * 1000)
    // Whatever begins has to be over before the end.
    if (Date.now() > endMs - 40_000) return
    await act(round)
  }
}

function edit(round) {
  renameSync(files.write('Corefile.new', corefile(round)), path)
}

/** One after the other, so that there is an upstream that is well unless it is said otherwise. */
function upstreamFault(round) {
  if (round % 6 === 0) return bothAway()
  return round % 2 === 0 ? away(0, 'SIGKILL', 10) : away(1, 'SIGSTOP', 10)
}

async function away(i, signal, seconds) {
  upstreams[i].kill(signal)
  await sleep(seconds * 1000)
  if (signal === 'SIGSTOP') upstreams[i].kill('SIGCONT')
  else upstreams[i] = startUpstream(world.upstreams[i])
}

/** Those of the moments before may still wait for an upstream, and health checks come after. */
async function bothAway() {
  const fromMs = Date.now() - PATIENCE_MS
  const outage = { fromMs, toMs: Number.POSITIVE_INFINITY }
  outages.push(outage)
  await Promise.all([away(0, 'SIGSTOP', 5), away(1, 'SIGSTOP', 5), api.outage(2000)])
  upstreams[0].kill('SIGCONT')
  outage.toMs = Date.now() + PATIENCE_MS
}

async function client() {
  const cluster = existingQuestions(SERVICES)
    .trim()
    .split('\n')
    .filter((line) => line.endsWith(' A'))
    .map((line) => line.split(' ')[0])
  // Of a hundred: fifty of the cluster, forty of others, ten that nobody has asked for.
  const question = (i) => {
    if (i % 10 < 5) return { name: cluster[i % cluster.length], expected: NOERROR, isLocal: true }
    if (i % 10 < 9) return { name: `host-${i % OUTSIDE}.example`, expected: NOERROR }
    return { name: `new-${i}.example`, expected: NXDOMAIN }
  }
  const waiting = new Map()
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  await new Promise((resolve) => socket.connect(world.port, '127.0.0.1', resolve))
  socket.on('message', (reply) => take(reply, waiting))
  socket.on('error', (error) => fault(`the client's socket: ${error.message}`))
  const startMs = Date.now()
  let sent = 0
  const lastMs = endMs - PATIENCE_MS
  while (Date.now() < lastMs) {
    const wanted = ((Date.now() - startMs) / 1000) * Number(flags.rate)
    for (; sent < wanted; sent++) {
      const one = { ...question(sent), atMs: Date.now() }
      counts.sent++
      if (sent % TCP_EVERY === 0) void askByTcp(one)
      else {
        const id = sent & 0xffff
        expire(waiting.get(id))
        waiting.set(id, one)
        socket.send(composeQuery(id, one.name))
      }
    }
    await sleep(TICK_MS)
  }
  await sleep(PATIENCE_MS)
  for (const one of waiting.values()) expire(one)
  socket.close()
}

function take(reply, waiting) {
  const id = reply.readUInt16BE(0)
  const one = waiting.get(id)
  if (one === undefined) return
  waiting.delete(id)
  judge(one, reply)
}

function judge({ name, expected, isLocal, atMs }, reply) {
  counts.answered++
  const rcode = reply[3] & 15
  if (rcode === expected) return
  if (rcode === SERVFAIL && !isLocal && isOutage(atMs)) counts.failedInOutage++
  else {
    counts.failed++
    fault(`${name}: RCODE ${rcode}, not ${expected}`)
  }
}

function expire(one) {
  if (one === undefined) return
  counts.unanswered++
  fault(`${one.name} had no answer${isOutage(one.atMs) ? ', in an outage' : ''}`)
}

function askByTcp(one) {
  counts.tcp++
  return new Promise((resolve) => {
    const socket = connect(world.port, '127.0.0.1')
    let bytes = Buffer.alloc(0)
    const end = (isAnswered) => {
      clearTimeout(timer)
      socket.destroy()
      if (isAnswered) judge(one, bytes.subarray(2))
      else expire(one)
      resolve()
    }
    const timer = setTimeout(() => end(false), PATIENCE_MS)
    socket.on('error', () => end(false))
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length > 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) end(true)
    })
    const query = composeQuery(1, one.name)
    socket.write(Buffer.concat([Buffer.from([0, query.length]), query]))
  })
}

function isOutage(ms) {
  return outages.some(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs)
}

function fault(text) {
  const at = ((Date.now() - endMs) / 60_000 + Number(flags.minutes)).toFixed(2)
  faults.push(`${at} min: ${text}`)
}

async function sampler(memory) {
  while (Date.now() < endMs) {
    await sleep(SAMPLE_MS)
    memory.push(residentMiB(server.pid))
  }
}

function report(memory) {
  const perMinute = 60_000 / SAMPLE_MS
  const minutes = Math.floor(memory.length / perMinute)
  const means = Array.from({ length: minutes }, (_, i) => {
    const part = memory.slice(i * perMinute, (i + 1) * perMinute)
    return part.reduce((sum, mib) => sum + mib, 0) / part.length
  })
  const early = means[Math.min(WARM_MINUTES, minutes - 1)]
  const growth = means.at(-1) / early - 1
  console.log(JSON.stringify(counts))
  console.log(`${outages.length} outages; ${(cpuMs(server.pid) / 1000).toFixed(1)} s of CPU`)
  console.log(`MiB resident, means of minutes: ${means.map((mib) => mib.toFixed(1)).join(' ')}`)
  console.log(
    `growth from minute ${WARM_MINUTES + 1} to ${minutes}: ${(growth * 100).toFixed(1)} %`,
  )
  for (const text of faults.slice(0, 20)) console.log(`FAULT: ${text}`)
  isBad = counts.unanswered > 0 || counts.failed > 0 || !(growth <= MAX_GROWTH)
}
