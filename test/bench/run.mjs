// `npm run bench`: the CPU that a server spends on one query, beside Unbound and dnsmasq.
//
//   npm run bench -- [--scenario cached|cached-prometheus|hosts|forward|kubernetes] …
//                    [--rounds 3] [--seconds 4] [--server NAME='CMD {corefile} {port}'] …
//                    [--json FILE] [--svg FILE]
//
// Without --server, dist/fingerpost is measured; it is built first. README.md tells the method.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chartOf } from './chart.mjs'
import {
  customContestant,
  makeFiles,
  peers,
  records,
  scenarios,
  upstreamCommand,
} from './contestants.mjs'
import { firstName as clusterName, existingQuestions, startApiServer } from './kubernetes/setup.mjs'
import { freePort, measure, start, stop, untilAnswers } from './measure.mjs'

const SERVICE_COUNT = 10_000
// Through all the questions: answers that are made once are made then.
const CLUSTER_WARM_RUNS = 4

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(scenarios) },
    server: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
})

const missing = whatIsMissing()
if (missing !== undefined) {
  console.error(missing)
  process.exit(2)
}
if (flags.server === undefined) build()
const servers = flags.server ?? [`fingerpost='${root}dist/fingerpost' -quiet -conf {corefile}`]
const files = makeFiles()
const results = {}
try {
  for (const scenario of flags.scenario) {
    results[scenario] = await run(scenario)
    report(scenario, results[scenario])
    // After each, since a later one may fail.
    if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(results, null, 2))
    if (flags.svg !== undefined) writeFileSync(flags.svg, chartOf(results))
  }
} finally {
  files.remove()
}
// Signals of children that are gone already keep nothing alive, but their timers might.
process.exit()

async function run(scenario) {
  const firstName = records[0].name
  const cluster = scenario === 'kubernetes' ? await startCluster() : undefined
  const upstreamPort = await freePort()
  const upstream = start(1, upstreamCommand(files, upstreamPort))
  try {
    await untilAnswers(upstream, upstreamPort, 'the upstream', firstName)
    const contestants = [
      ...servers.map((entry) => customContestant(files, scenario, upstreamPort, entry, cluster)),
      ...peers(files, scenario, upstreamPort, cluster),
    ]
    const runs = contestants.map(({ name }) => ({ name, samples: [] }))
    // Round by round, so that what else the machine does meets all of them.
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const [i, contestant] of contestants.entries()) {
        const options = { queries: files.queries, firstName, ...cluster?.questions }
        const seconds = Number(flags.seconds)
        runs[i].samples.push(await measure(contestant, { ...options, seconds }))
      }
    }
    return runs.map(summarise)
  } finally {
    await stop(upstream)
    cluster?.api.stop()
  }
}

async function startCluster() {
  const api = await startApiServer(SERVICE_COUNT)
  const queries = files.write('cluster-queries', existingQuestions(SERVICE_COUNT))
  const questions = { queries, firstName: clusterName, warmRuns: CLUSTER_WARM_RUNS }
  return { api, url: api.url, serviceCount: SERVICE_COUNT, questions }
}

function summarise({ name, samples }) {
  const median = (key) => {
    const sorted = samples.map((sample) => sample[key]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]
  }
  return {
    name,
    microseconds: median('microseconds'),
    perSecond: median('perSecond'),
    residentMiB: median('residentMiB'),
    lost: samples.reduce((sum, { lost }) => sum + lost, 0),
  }
}

function report(scenario, rows) {
  console.log(`\n${scenario}: ${scenarios[scenario]}`)
  const others = rows.map(({ name }) => `÷ ${name}`.padStart(14)).join('')
  console.log(
    `${'server'.padEnd(14)}${'µs CPU/query'.padStart(13)}${'queries/s'.padStart(11)}${'MiB'.padStart(6)}${'lost'.padStart(6)}${others}`,
  )
  for (const row of rows) {
    const cells = [
      row.name.padEnd(14),
      row.microseconds.toFixed(2).padStart(13),
      String(Math.round(row.perSecond)).padStart(11),
      String(Math.round(row.residentMiB)).padStart(6),
      String(row.lost).padStart(6),
      ...rows.map((other) => (row.microseconds / other.microseconds).toFixed(2).padStart(14)),
    ]
    console.log(cells.join(''))
  }
}

function build() {
  const { status } = spawnSync(process.execPath, ['build.mjs', 'binary'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
}

function whatIsMissing() {
  const unknown = flags.scenario.find((name) => !Object.hasOwn(scenarios, name))
  if (unknown !== undefined)
    return `there is no scenario ${unknown}: ${Object.keys(scenarios).join(', ')}`
  if (process.platform !== 'linux') return 'the benchmark reads /proc: it needs Linux'
  if (availableParallelism() < 2) return 'the benchmark needs two cores: one to serve, one to ask'
  const packages = {
    dnsperf: 'dnsperf',
    unbound: 'unbound',
    dnsmasq: 'dnsmasq-base',
    taskset: 'util-linux',
  }
  const absent = Object.entries(packages).filter(
    ([command]) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0,
  )
  if (absent.length === 0) return undefined
  const names = absent.map(([, name]) => name).join(' ')
  return `the benchmark needs ${absent.map(([command]) => command).join(', ')}: apt-get install ${names}`
}
