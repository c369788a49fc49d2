// Whether reloads cost queries: dist/fingerpost answers dnsperf while its configuration changes.
//
//   node test/bench/reload-under-load.mjs [--seconds 60] [--qps 20000] [--tcp-qps 200]
//                                          [--binary FILE]
//
// 30 reloads: 10 that are taken, 10 that change comments only, 10 that are refused. The exit code is
// 1 if a query was lost or answered with anything but NOERROR, or if a reload went another way.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFiles, records, upstreamCommand } from './contestants.mjs'
import { dnsperf } from './dnsperf.mjs'
import { freePort, start, stop, untilAnswers } from './measure.mjs'

const ROUNDS = 10
const WARM_SECONDS = 5
const POLL_MS = 25
const PATIENCE_MS = 20_000

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    qps: { type: 'string', default: '20000' },
    'tcp-qps': { type: 'string', default: '200' },
    binary: { type: 'string', default: join(root, 'dist/fingerpost') },
  },
})
const missing = whatIsMissing()
if (missing !== undefined) {
  console.error(missing)
  process.exit(2)
}
const files = makeFiles()
const faults = []
try {
  await run()
} finally {
  files.remove()
}
for (const fault of faults) console.log(`FAULT: ${fault}`)
process.exit(faults.length > 0 ? 1 : 0)

async function run() {
  const firstName = records[0].name
  const [upstream, upstreamPort] = await startUpstream(firstName)
  const [port, admin, metrics] = [await freePort(), await freeTcpPort(), await freeTcpPort()]
  const world = { port, upstreamPort, admin, metrics }
  let server
  try {
    const path = files.write('Corefile', corefile(world, 0))
    server = start(0, `${flags.binary} -quiet -conf ${path} -admin 127.0.0.1:${admin}`)
    await untilAnswers(server, port, flags.binary, firstName)
    const seconds = Number(flags.seconds)
    report('before', await load(world, server, WARM_SECONDS))
    const [during] = await Promise.all([load(world, server, seconds), reloads(world, seconds)])
    report('during', during)
    report('after', await load(world, server, WARM_SECONDS))
  } finally {
    if (server) await stop(server)
    await stop(upstream)
  }
}

/** A port that is free for UDP may be taken for TCP: then another one is tried. */
async function startUpstream(firstName) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const upstream = start(1, upstreamCommand(files, port))
    try {
      await untilAnswers(upstream, port, 'the upstream', firstName)
      return [upstream, port]
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/** Asks over UDP and TCP at once, and tells what became of it. */
async function load(world, server, seconds) {
  const before = await counters(world)
  const [udp, tcp] = await Promise.all([
    ask(world.port, 'udp', Number(flags.qps), seconds),
    ask(world.port, 'tcp', Number(flags['tcp-qps']), seconds),
  ])
  const after = await counters(world)
  const hits = after.hits - before.hits
  const requests = after.requests - before.requests
  return { udp, tcp, hitRate: hits / requests, misses: requests - hits, rss: rssMiB(server.pid) }
}

function report(phase, { udp, tcp, hitRate, misses, rss }) {
  for (const [transport, result] of Object.entries({ udp, tcp })) {
    const { sent, answered, lost, noerror, perSecond, codes } = result
    console.log(
      `${phase.padEnd(7)}${transport}  sent ${sent}  answered ${answered}  lost ${lost}  ` +
        `${Math.round(perSecond)}/s  ${codes}`,
    )
    if (!(sent > 0) || lost !== 0 || answered !== sent || noerror !== sent) {
      faults.push(`${phase}, ${transport}: ${sent} sent, ${answered} answered, ${codes}`)
    }
  }
  const rate = `${(hitRate * 100).toFixed(3)} %`
  console.log(`${phase.padEnd(7)}cache hits ${rate} (${misses} misses)  RSS ${rss.toFixed(1)} MiB`)
}

/** Three reloads a round, evenly over the time of the load: refused, without effect, taken. */
async function reloads(world, seconds) {
  const startMs = Date.now()
  let { generation } = await status(world)
  const longest = { refused: 0, unchanged: 0, taken: 0 }
  const expect = async (what, isDone) => {
    const sinceMs = Date.now()
    while (!isDone(await status(world))) {
      if (Date.now() - sinceMs > PATIENCE_MS) {
        faults.push(`no reload that is ${what} within ${PATIENCE_MS} ms`)
        return
      }
      await sleep(POLL_MS)
    }
    longest[what] = Math.max(longest[what], Date.now() - sinceMs)
  }
  // The last second belongs to what comes after a reload.
  const stepMs = ((seconds - 1) * 1000) / ROUNDS
  for (let round = 1; round <= ROUNDS; round++) {
    const before = generation
    replace(corefile(world, round - 1).replace('forward', 'froward'))
    await expect('refused', ({ refusedReload }) => refusedReload !== null)
    replace(`# round ${round}\n${corefile(world, round - 1)}# nothing else\n`)
    await expect('unchanged', ({ refusedReload }) => refusedReload === null)
    replace(corefile(world, round))
    await expect('taken', (now) => now.generation !== before)
    ;({ generation } = await status(world))
    if (generation !== before + 1) faults.push(`generation ${generation} came after ${before}`)
    await sleep(Math.max(0, startMs + round * stepMs - Date.now()))
  }
  const { failed } = await counters(world)
  if (failed !== ROUNDS) faults.push(`${failed} reloads are counted as refused, not ${ROUNDS}`)
  const times = Object.entries(longest).map(([what, ms]) => `${what} ${ms} ms`)
  console.log(`reloads: ${3 * ROUNDS}, at most from the file to the effect: ${times.join(', ')}`)
}

/** As editors do it. */
function replace(text) {
  const path = files.write('Corefile.new', text)
  renameSync(path, path.slice(0, -'.new'.length))
}

/** Every version has a zone, an option and, now and then, a port more or less than the last one. */
function corefile({ port, upstreamPort, metrics }, version) {
  const extra = version % 2 === 0 ? '' : `\nother.test:${port + 1} {\n    whoami\n}\n`
  return `.:${port} {
    bind 127.0.0.1
    errors
    reload 2s 1s
    prometheus 127.0.0.1:${metrics}
    cache 300
    forward . 127.0.0.1:${upstreamPort} {
        max_concurrent ${1000 + version}
    }
}
version-${version}.test:${port} {
    bind 127.0.0.1
    whoami
}
${extra}`
}

async function counters({ admin }) {
  const text = await get(admin, '/metrics')
  const sum = (name) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0)
  return {
    hits: sum('coredns_cache_hits_total'),
    requests: sum('coredns_dns_requests_total'),
    failed: sum('coredns_reload_failed_total'),
  }
}

async function status({ admin }) {
  return JSON.parse(await get(admin, '/status'))
}

function get(port, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })
}

function ask(port, mode, qps, seconds) {
  const server = ['-s', '127.0.0.1', '-p', String(port), '-m', mode, '-d', files.queries]
  return dnsperf([...server, '-l', String(seconds), '-Q', String(qps), '-c', '10', '-T', '1'])
}

function rssMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

async function freeTcpPort() {
  const holder = createServer()
  await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address()
  await new Promise((resolve) => holder.close(resolve))
  return port
}

function whatIsMissing() {
  if (process.platform !== 'linux') return 'this reads /proc: it needs Linux'
  if (!existsSync(flags.binary)) return `there is no ${flags.binary}: run node build.mjs`
  const absent = ['dnsperf', 'unbound', 'taskset'].filter(
    (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0,
  )
  if (absent.length > 0) return `this needs ${absent.join(', ')}`
  return undefined
}
