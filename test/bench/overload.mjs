#!/usr/bin/env node
// Asks a server on one core twice what it can take, and looks at what it does meanwhile and after.
//
//   node test/bench/overload.mjs [--seconds 10] [--times 2] [--rounds 3] [--server NAME='CMD {corefile}'] …
//        [--scenario template,hosts]
//
// Without --server, dist/fingerpost as it was built last. README.md tells the method.
import { spawn } from 'node:child_process'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFiles, records } from './contestants.mjs'
import { dnsperf, leaveCore } from './dnsperf.mjs'
import { cpuMs, freePort, residentMiB, start, stop, untilAnswers } from './measure.mjs'

const PROBE_SECONDS = 3
const PROBES_PER_SECOND = 500
/** Another address than that of the client that sends so much. */
const OTHER_CLIENT = '127.0.0.2'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    scenario: { type: 'string', default: 'template,hosts' },
    server: { type: 'string', multiple: true },
  },
})
const bodies = {
  // About 45 µs for an answer.
  template: `template ANY ANY {\n${Array.from(
    { length: 8 },
    (_, i) => `answer "{{ .Name }} 60 IN A 192.0.2.${i + 1}"\n`,
  ).join('')}}`,
  hosts: `hosts {\n${records.map(({ address, name }) => `${address} ${name}`).join('\n')}\n}`,
}

leaveCore()
const servers = flags.server ?? [`fingerpost='${root}dist/fingerpost' -quiet -conf {corefile}`]
const files = makeFiles()
try {
  for (const scenario of flags.scenario.split(',')) {
    for (const server of servers) await overload(scenario, server)
  }
} finally {
  files.remove()
}
process.exit()

async function overload(scenario, server) {
  const cut = server.indexOf('=')
  const name = `${server.slice(0, cut)} ${scenario}`
  const port = await freePort()
  const metricsPort = await freePort()
  const corefile = files.write(
    `Corefile-${port}`,
    `.:${port} {\nprometheus 127.0.0.1:${metricsPort}\n${bodies[scenario]}\n}\n`,
  )
  const child = start(0, server.slice(cut + 1).replaceAll('{corefile}', corefile))
  try {
    await untilAnswers(child, port, name, records[0].name)
    await maximum(child.pid, port)
    const rounds = []
    // What it can take is asked before and after: on a shared machine that changes.
    let before = await maximum(child.pid, port)
    for (let i = 0; i < Number(flags.rounds); i++) {
      const flooded = await inFlood(child.pid, port, metricsPort, before.perSecond)
      const after = await maximum(child.pid, port)
      const most = (before.perSecond + after.perSecond) / 2
      const round = { ...flooded, most, calmMicroseconds: (before.us + after.us) / 2 }
      before = after
      rounds.push(round)
      console.log(`${name}: ${described(round)}`)
    }
    const median = (of) => rounds.map(of).sort((a, b) => a - b)[Math.floor(rounds.length / 2)]
    console.log(
      `${name}, medians: ${(median(({ perSecond, most }) => perSecond / most) * 100).toFixed(0)} % ` +
        `of what it can take; the other client p99 ${median(({ other }) => other.p99).toFixed(1)} ms, ` +
        `${(median(({ other }) => other.answered / other.sent) * 100).toFixed(1)} % answered`,
    )
  } finally {
    await stop(child)
  }
}

async function inFlood(pid, port, metricsPort, most) {
  const seconds = Number(flags.seconds)
  const memory = []
  const sampler = setInterval(() => memory.push(residentMiB(pid)), 500)
  const cpuBefore = cpuMs(pid)
  const repliesBefore = await replies(metricsPort)
  const [flooded, other] = await Promise.all([
    flood(port, Math.round(most * Number(flags.times))),
    sleep(500).then(() => probe(port, seconds - 1)),
  ])
  const busy = (cpuMs(pid) - cpuBefore) / (seconds * 10)
  const answered = (await replies(metricsPort)) - repliesBefore
  clearInterval(sampler)
  await sleep(500)
  return {
    sentPerSecond: flooded.sent / seconds,
    perSecond: answered / seconds,
    flooded,
    busy,
    microseconds: (busy * seconds * 10_000) / answered,
    other,
    memory,
    recovered: await probe(port, 2),
  }
}

function described(round) {
  const { most, sentPerSecond, perSecond, flooded, busy, other, memory, recovered } = round
  const part = Math.ceil(memory.length / 5)
  const resident = (samples) => `${Math.max(...samples).toFixed(0)} MiB`
  return (
    `at most ${Math.round(most)} answers/s; asked ${Math.round(sentPerSecond)}/s for ` +
    `${flags.seconds} s: ${Math.round(perSecond)} answers/s ` +
    `(${((perSecond / most) * 100).toFixed(0)} %), ${busy.toFixed(0)} % of a core, ` +
    `${round.microseconds.toFixed(1)} µs each (${round.calmMicroseconds.toFixed(1)} before and after), ` +
    `p50 ${flooded.p50.toFixed(1)}, p99 ${flooded.p99.toFixed(1)} ms; another client: ` +
    `${shown(other)}; resident ${resident(memory.slice(0, part))} in the first fifth, ` +
    `${resident(memory.slice(-part))} in the last; half a second later: ${shown(recovered)}`
  )
}

function target(port) {
  return ['-s', '127.0.0.1', '-p', String(port), '-d', files.queries, '-T', '1']
}

/** What a client that waits for answers gets. */
async function maximum(pid, port) {
  const before = cpuMs(pid)
  const load = ['-l', String(PROBE_SECONDS), '-c', '20', '-q', '200']
  const { perSecond, answered } = await dnsperf([...target(port), ...load])
  return { perSecond, us: ((cpuMs(pid) - before) * 1000) / answered }
}

/** How many queries it has answered: the client that floods it may be too slow to take all. */
async function replies(port) {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  const lines = (await response.text()).split('\n')
  const counts = lines.filter((line) => line.startsWith('coredns_dns_responses_total{'))
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Asks evenly, answered or not. */
function flood(port, rate) {
  const words = [port, rate, flags.seconds, files.queries].map(String)
  return json([`${root}node_modules/bun/bin/bun.exe`, `${root}test/bench/flood.mjs`, ...words])
}

/** What a client feels that asks now and then, and does not ask again. */
function probe(port, seconds) {
  const words = [port, records[0].name, PROBES_PER_SECOND, seconds, OTHER_CLIENT].map(String)
  return json([process.execPath, `${root}test/bench/probe.mjs`, ...words])
}

/** What a program prints, on the processor that is not the server's. */
function json(command) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', '1', ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.on('error', reject)
    child.on('close', () => resolve(JSON.parse(out)))
  })
}

function shown({ sent, answered, p50, p99 }) {
  return `${answered} of ${sent} answered, p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`
}
