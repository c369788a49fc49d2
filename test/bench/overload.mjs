#!/usr/bin/env node
// Asks a server on one core twice what it can take, and looks at what it does meanwhile and after.
//
//   node test/bench/overload.mjs [--seconds 10] [--times 2] [--server NAME='CMD {corefile}'] …
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
/** Goes on sending, answered or not; answers have room to wait in. */
const FLOOD = ['-c', '20', '-q', '1000000', '-t', '1', '-b', '8192']

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '2' },
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
  const corefile = files.write(`Corefile-${port}`, `.:${port} {\n${bodies[scenario]}\n}\n`)
  const child = start(0, server.slice(cut + 1).replaceAll('{corefile}', corefile))
  try {
    await untilAnswers(child, port, name, records[0].name)
    await sleep(1000)
    const most = await maximum(port)
    const rate = Math.round(most * Number(flags.times))
    const memory = []
    const sampler = setInterval(() => memory.push(residentMiB(child.pid)), 500)
    const before = cpuMs(child.pid)
    const [flood, other] = await Promise.all([
      dnsperf([...target(port), '-Q', String(rate), ...FLOOD, '-l', flags.seconds]),
      sleep(500).then(() => probe(port, Number(flags.seconds) - 1)),
    ])
    const busy = (cpuMs(child.pid) - before) / (Number(flags.seconds) * 10)
    clearInterval(sampler)
    await sleep(500)
    const after = await probe(port, 2)
    const perSecond = flood.answered / Number(flags.seconds)
    const part = Math.ceil(memory.length / 5)
    console.log(
      `${name}: at most ${Math.round(most)} answers/s; asked ` +
        `${Math.round(flood.sent / Number(flags.seconds))}/s for ${flags.seconds} s: ` +
        `${Math.round(perSecond)} answers/s (${((perSecond / most) * 100).toFixed(0)} %), ` +
        `${busy.toFixed(0)} % of a core; another client: ${shown(other)}; ` +
        `resident at most ${Math.max(...memory.slice(0, part)).toFixed(0)} MiB in the first fifth, ` +
        `${Math.max(...memory.slice(-part)).toFixed(0)} in the last; ` +
        `half a second later: ${shown(after)}`,
    )
  } finally {
    await stop(child)
  }
}

function target(port) {
  return ['-s', '127.0.0.1', '-p', String(port), '-d', files.queries, '-T', '1']
}

/** What a client that waits for answers gets. */
async function maximum(port) {
  const load = ['-l', String(PROBE_SECONDS), '-c', '20', '-q', '200']
  await dnsperf([...target(port), ...load])
  const { perSecond } = await dnsperf([...target(port), ...load])
  return perSecond
}

/** What a client feels that asks now and then, and does not ask again. */
function probe(port, seconds) {
  const words = [`${root}test/bench/probe.mjs`, port, records[0].name, PROBES_PER_SECOND, seconds]
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', '1', process.execPath, ...words.map(String)])
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
