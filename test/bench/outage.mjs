// What clients of a node feel while the cluster's DNS is away, with one template and another.
//
//   node test/bench/outage.mjs [--outage 60] [--binary FILE] [--how silent|refused] [TEMPLATE...]
//
// The cluster's DNS is played by this script: 100 names, with the TTLs that a cache of 30 seconds
// in front of it would leave: 1 to 30, so that they don't all expire at once. A client looks
// names up as glibc does (5 seconds, 2 attempts, SERVFAIL tries again): 80 of them every other
// second each, 20 of them every 40 seconds each. The DNS answers for a minute, is away for
// --outage seconds, and answers again for 20. What counts is when a lookup was started.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as packet from '@leichtgewicht/dns-packet'

const WARM_SECONDS = 60
const AFTER_SECONDS = 20
const ATTEMPTS = 2
const ATTEMPT_MS = 5000
const TICK_MS = 25
const ADDRESS = '192.0.2.10'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    outage: { type: 'string', default: '60' },
    how: { type: 'string', default: 'silent' },
    binary: { type: 'string', default: join(root, 'dist/fingerpost') },
  },
})
const templates =
  positionals.length > 0
    ? positionals
    : ['examples/node/Corefile.base', 'examples/node/serve-through-trouble/Corefile.base']
const popular = Array.from({ length: 80 }, (_, i) => `popular-${i}.default.svc.cluster.local`)
const rare = Array.from({ length: 20 }, (_, i) => `rare-${i}.default.svc.cluster.local`)

// All templates at the same time: what else the machine does meets them alike.
const results = await Promise.all(templates.map(measure))
for (const [i, phases] of results.entries()) {
  console.log(`\n${templates[i]}`)
  console.log('phase      lookups  failed  median ms   99 % ms    max ms')
  for (const [phase, lookups] of Object.entries(phases)) console.log(describe(phase, lookups))
}

async function measure(template) {
  const cluster = await startCluster()
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-outage-'))
  const text = readFileSync(join(root, template), 'utf8')
    .replaceAll(':53 {', `:${port} {`)
    .replaceAll('__PILLAR__CLUSTER__DNS__', `__PILLAR__CLUSTER__DNS__:${cluster.port}`)
    .replaceAll(/^ *(prometheus|health) .*\n/gm, '')
  writeFileSync(join(directory, 'Corefile.base'), text)
  writeFileSync(join(directory, 'resolv.conf'), 'nameserver 127.0.0.9\n')
  const args = ['node', '-localip', '127.0.0.1', '-setupinterface=false', '-rules', 'none']
  args.push('-basecorefile', 'Corefile.base', '-conf', 'Corefile', '-kubednscm', 'none')
  args.push('-dns.port', String(port), '-resolv-conf', 'resolv.conf', '-admin', 'off', '-quiet')
  args.push('-metrics-listen-address', 'off')
  const env = { ...process.env, KUBE_DNS_SERVICE_HOST: '127.0.0.1' }
  const server = spawn(flags.binary, args, { cwd: directory, env, stdio: ['ignore', 'ignore', 2] })
  try {
    await untilAnswers(port)
    const phases = { before: [], outage: [], after: [] }
    const client = startClient(port, phases)
    await sleep(WARM_SECONDS * 1000)
    client.phase = 'outage'
    await cluster.leave(flags.how)
    await sleep(Number(flags.outage) * 1000)
    client.phase = 'after'
    await cluster.comeBack()
    await sleep(AFTER_SECONDS * 1000)
    await client.stop()
    return phases
  } finally {
    server.kill('SIGKILL')
    await cluster.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Looks names up at a steady rate, whatever becomes of them. */
function startClient(port, phases) {
  const pending = new Set()
  let tick = 0
  const client = { phase: 'before', stop: async () => {} }
  const look = (name) => {
    const lookup = lookUp(port, name)
    phases[client.phase].push(lookup)
    pending.add(lookup)
    void lookup.then(() => pending.delete(lookup))
  }
  const timer = setInterval(() => {
    look(popular[tick % popular.length])
    // 20 names in 40 seconds.
    if (tick % (2000 / TICK_MS) === 0) look(rare[(tick / (2000 / TICK_MS)) % rare.length])
    tick++
  }, TICK_MS)
  client.stop = async () => {
    clearInterval(timer)
    await Promise.all(pending)
    for (const [phase, lookups] of Object.entries(phases))
      phases[phase] = await Promise.all(lookups)
  }
  return client
}

async function lookUp(port, name) {
  const start = performance.now()
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await askOnce(port, name)) return { isGood: true, ms: performance.now() - start }
  }
  return { isGood: false, ms: performance.now() - start }
}

function askOnce(port, name) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const settle = (isGood) => {
      clearTimeout(timer)
      socket.close()
      resolve(isGood)
    }
    const timer = setTimeout(() => settle(false), ATTEMPT_MS)
    socket.once('error', () => settle(false))
    socket.once('message', (octets) => {
      const { answers = [] } = packet.decode(octets)
      settle(answers.some(({ data }) => data === ADDRESS))
    })
    const questions = [{ type: 'A', name }]
    const flags = packet.RECURSION_DESIRED
    socket.send(packet.encode({ type: 'query', id: 7, flags, questions }), port, '127.0.0.1')
  })
}

/** The cluster's DNS over TCP, which can fall silent, or be gone. */
async function startCluster() {
  let isSilent = false
  const sockets = new Set()
  const make = () =>
    createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
      let held = Buffer.alloc(0)
      socket.on('data', (chunk) => {
        held = Buffer.concat([held, chunk])
        while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
          const end = 2 + held.readUInt16BE(0)
          if (!isSilent) socket.write(frame(answer(held.subarray(2, end))))
          held = held.subarray(end)
        }
      })
    })
  let server = make()
  const listen = (port) =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve)
    })
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
  await listen(0)
  const { port } = server.address()
  return {
    port,
    close,
    async leave(how) {
      if (how === 'refused') await close()
      isSilent = true
    },
    async comeBack() {
      isSilent = false
      if (server.listening) return
      server = make()
      await listen(port)
    },
  }
}

function answer(octets) {
  const { id, questions = [] } = packet.decode(octets)
  const [question] = questions
  const ttl = 1 + Math.floor(Math.random() * 30)
  const isA = question?.type === 'A'
  const answers = isA ? [{ type: 'A', name: question.name, ttl, data: ADDRESS }] : []
  return packet.encode({
    type: 'response',
    id,
    flags: packet.RECURSION_DESIRED | packet.AUTHORITATIVE_ANSWER,
    questions,
    answers,
  })
}

function frame(octets) {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  return Buffer.concat([length, octets])
}

async function untilAnswers(port) {
  for (let i = 0; i < 100; i++) {
    if (await Promise.race([askOnce(port, popular[0]), sleep(200).then(() => false)])) return
  }
  throw new Error('the server does not answer')
}

function freePort() {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}

function describe(phase, lookups) {
  const times = lookups.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
  const failed = lookups.filter(({ isGood }) => !isGood).length
  const columns = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(1).padStart(9))
  return `${phase.padEnd(9)}  ${String(lookups.length).padStart(7)}  ${String(failed).padStart(6)}  ${columns.join(' ')}`
}
