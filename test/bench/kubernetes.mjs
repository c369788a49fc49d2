#!/usr/bin/env node
// Measures the cluster role at size: kubeadm's Corefile against the API server of a made-up cluster.
//
//   node test/bench/kubernetes.mjs [--services 10000] [--rounds 3] [--seconds 4]
//        [--churn 1000] [--churn-seconds 30] [--rate 3000] [--server NAME='CMD {corefile}'] …
//        [--part start,cpu,churn]
//
// Without --server, dist/fingerpost as it was built last. README.md tells the method.
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { customContestant, makeFiles, peers, records, upstreamCommand } from './contestants.mjs'
import { latencies, leaveCore } from './dnsperf.mjs'
import {
  existingQuestions,
  firstName,
  searchPathQuestions,
  startApiServer,
  stockCorefile,
} from './kubernetes/setup.mjs'
import { cpuMs, freePort, measure, residentMiB, start, stop, untilAnswers } from './measure.mjs'

// Through all the questions: answers that are made once are made then.
const WARM_RUNS = 4
const WARM_SECONDS = 10

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    services: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    churn: { type: 'string', default: '1000' },
    'churn-seconds': { type: 'string', default: '30' },
    rate: { type: 'string', default: '3000' },
    part: { type: 'string', default: 'start,cpu,churn' },
    server: { type: 'string', multiple: true },
  },
})
leaveCore()
const count = Number(flags.services)
const parts = flags.part.split(',')
const servers = flags.server ?? [`fingerpost='${root}dist/fingerpost' -quiet -conf {corefile}`]
const files = makeFiles()
const api = await startApiServer(count)
const upstreamPort = await freePort()
const upstream = start(1, upstreamCommand(files, upstreamPort))
try {
  await untilAnswers(upstream, upstreamPort, 'the upstream', records[0].name)
  const contestants = servers.map((entry) => {
    const cut = entry.indexOf('=')
    return { name: entry.slice(0, cut), template: entry.slice(cut + 1) }
  })
  if (parts.includes('start')) for (const one of contestants) await measureStart(one)
  if (parts.includes('cpu')) await measureCpu(contestants)
  if (parts.includes('churn')) for (const one of contestants) await measureChurn(one)
} finally {
  api.stop()
  await stop(upstream)
  files.remove()
}
process.exit()

function commandOf({ template }) {
  return (port) => {
    const corefile = stockCorefile(port, { url: api.url, upstreamPort })
    return template.replaceAll('{corefile}', files.write(`Corefile-${port}`, corefile))
  }
}

/** From the start of the process to the first answer with a record, and memory from then on. */
async function measureStart(contestant) {
  const samples = []
  for (let round = 0; round < Number(flags.rounds); round++) {
    const port = await freePort()
    const beganMs = performance.now()
    const child = start(0, commandOf(contestant)(port))
    try {
      await untilAnswers(child, port, contestant.name, firstName, 5)
      const startMs = performance.now() - beganMs
      const spentMs = cpuMs(child.pid)
      const first = residentMiB(child.pid)
      await sleep(3000)
      samples.push({ startMs, spentMs, first, settled: residentMiB(child.pid) })
    } finally {
      await stop(child)
    }
  }
  const { startMs, spentMs, first, settled } = medians(samples)
  console.log(
    `${contestant.name}: serving after ${startMs.toFixed(0)} ms, ${spentMs.toFixed(0)} ms of CPU; ` +
      `resident ${first.toFixed(0)} MiB then, ${settled.toFixed(0)} MiB 3 s later`,
  )
}

/** CPU per query: existing names, search paths, and the peers' cached answers in the same run. */
async function measureCpu(contestants) {
  const existing = files.write('existing', existingQuestions(count))
  const searched = files.write('searched', searchPathQuestions(count))
  const binaries = servers.map((entry) => customContestant(files, 'cached', upstreamPort, entry))
  const cached = [...binaries, ...peers(files, 'cached', upstreamPort)]
  const jobs = [
    ...contestants.flatMap((one) => [
      { name: `${one.name} A, AAAA, SRV`, command: commandOf(one), queries: existing, firstName },
      {
        name: `${one.name} search paths`,
        command: commandOf(one),
        queries: searched,
        firstName,
        expects: 'any',
      },
    ]),
    ...cached.map(({ name, command }) => ({
      name: `${name} cached`,
      command,
      queries: files.queries,
      firstName: records[0].name,
      warmRuns: undefined,
    })),
  ]
  const samples = jobs.map(() => [])
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [i, job] of jobs.entries()) {
      const options = { warmRuns: WARM_RUNS, ...job, seconds: Number(flags.seconds) }
      samples[i].push(await measure(job, options))
    }
  }
  const rows = jobs.map(({ name }, i) => ({ name, ...medians(samples[i]) }))
  const base = rows.find(({ name }) => name.endsWith(' cached'))
  console.log(
    `${'µs CPU/query'.padStart(46)}${'queries/s'.padStart(11)}${'MiB'.padStart(6)}  ÷ ${base.name}`,
  )
  for (const { name, microseconds, perSecond, residentMiB: mib } of rows) {
    const cells = [
      name.padEnd(33),
      microseconds.toFixed(2).padStart(13),
      String(Math.round(perSecond)).padStart(11),
      mib.toFixed(0).padStart(6),
      (microseconds / base.microseconds).toFixed(2).padStart(6),
    ]
    console.log(cells.join(''))
  }
}

/** Latency and memory while endpoints change. */
async function measureChurn(contestant) {
  const port = await freePort()
  const child = start(0, commandOf(contestant)(port))
  const queries = files.write('existing-churn', existingQuestions(count))
  const seconds = Number(flags['churn-seconds'])
  const rate = ['-Q', flags.rate, '-c', '20', '-T', '1']
  const ask = (duration) =>
    latencies([
      '-s',
      '127.0.0.1',
      '-p',
      String(port),
      '-d',
      queries,
      '-l',
      String(duration),
      ...rate,
    ])
  try {
    await untilAnswers(child, port, contestant.name, firstName)
    await ask(WARM_SECONDS)
    const calm = await ask(5)
    const memory = [residentMiB(child.pid)]
    const sampler = setInterval(() => memory.push(residentMiB(child.pid)), 1000)
    const [made, churned] = await Promise.all([
      api.churn(Number(flags.churn), seconds),
      sleep(500).then(() => ask(seconds - 1)),
    ])
    clearInterval(sampler)
    await sleep(2000)
    const show = ({ p50, p99, p999, max, lost }) =>
      `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, p99.9 ${p999.toFixed(2)}, max ${max.toFixed(1)} ms, lost ${lost}`
    console.log(`${contestant.name}: ${flags.rate} queries/s without changes: ${show(calm)}`)
    console.log(
      `${contestant.name}: with ${Math.round(made / seconds)} changes/s: ${show(churned)}`,
    )
    const third = memory.slice(0, Math.ceil(memory.length / 3))
    console.log(
      `${contestant.name}: resident ${memory[0].toFixed(0)} MiB before, at most ` +
        `${Math.max(...third).toFixed(0)} in the first third, ${Math.max(...memory).toFixed(0)} in all, ` +
        `${residentMiB(child.pid).toFixed(0)} after`,
    )
  } finally {
    await stop(child)
  }
}

function medians(samples) {
  const keys = Object.keys(samples[0])
  return Object.fromEntries(
    keys.map((key) => {
      const sorted = samples.map((sample) => sample[key]).sort((left, right) => left - right)
      return [key, sorted[Math.floor(sorted.length / 2)]]
    }),
  )
}
