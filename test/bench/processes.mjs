#!/usr/bin/env node
// How much more several processes (*multisocket*) answer than one. On two processors, of which the
// client needs its share: each process may use a part of one only.
//
//   node test/bench/processes.mjs [--rounds 5] [--seconds 3] [--share 0.25] [--server 'CMD {corefile}']
//
// Needs root: the shares are cgroups'. README.md tells the method.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFiles, records, upstreamCommand } from './contestants.mjs'
import { dnsperf } from './dnsperf.mjs'
import { cpuMs, freePort, start, stop, untilAnswers } from './measure.mjs'

const PERIOD_US = 5000
const WARM_SECONDS = 2
/** A worker starts beside the first process. */
const START_MS = 1500

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    share: { type: 'string', default: '0.25' },
    server: {
      type: 'string',
      default: `'${root}dist/fingerpost' -quiet -admin off -conf {corefile}`,
    },
  },
})
const seconds = Number(flags.seconds)
const files = makeFiles()
const scenarios = {
  cached: (upstream) => `cache 300\nprometheus 127.0.0.1:0\nforward . 127.0.0.1:${upstream}`,
  hosts: () => `prometheus 127.0.0.1:0\nhosts ${files.hosts}`,
}
const results = new Map()
const upstreamPort = await freePort()
const upstream = start(1, upstreamCommand(files, upstreamPort))
try {
  await untilAnswers(upstream, upstreamPort, 'the upstream', records[0].name)
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const scenario of Object.keys(scenarios)) {
      for (const count of [1, 2]) await measure(scenario, count)
    }
  }
} finally {
  await stop(upstream)
  files.remove()
}
for (const scenario of Object.keys(scenarios)) {
  const [ones, twos] = [1, 2].map((count) => results.get(`${scenario} ${count}`))
  // Pairs are measured in turn: what else happens on this machine meets both alike.
  const ratio = median(twos.map(({ perSecond }, i) => perSecond / ones[i].perSecond))
  const [one, two] = [ones, twos].map((all) => {
    const perSecond = median(all.map((result) => result.perSecond)).toFixed(0)
    return `${perSecond}/s at ${median(all.map(({ us }) => us)).toFixed(2)} µs`
  })
  console.log(`${scenario}: one process ${one}, two ${two}: ${ratio.toFixed(2)} ×`)
}
process.exit()

async function measure(scenario, count) {
  const port = await freePort()
  const text = `multisocket ${count}\nerrors\n${scenarios[scenario](upstreamPort)}`
  const corefile = files.write(`Corefile-${port}`, `.:${port} {\nbind 127.0.0.1\n${text}\n}\n`)
  const child = start('0,1', flags.server.replaceAll('{corefile}', corefile))
  const groups = []
  try {
    await untilAnswers(child, port, scenario, records[0].name)
    await sleep(START_MS)
    const pids = [child.pid, ...childrenOf(child.pid)]
    if (pids.length !== count) throw new Error(`there are ${pids.length} processes`)
    const load = (time) =>
      dnsperf(
        ['-s', '127.0.0.1', '-p', String(port), '-d', files.queries].concat([
          '-l',
          String(time),
          '-c',
          '20',
          '-q',
          '400',
          '-T',
          '1',
        ]),
      )
    await load(WARM_SECONDS)
    for (const [i, pid] of pids.entries()) groups.push(limit(pid, i % availableParallelism()))
    const before = pids.map(cpuOf)
    const { answered, lost, perSecond } = await load(seconds)
    const spent = pids.map((pid, i) => cpuOf(pid) - before[i])
    const total = spent.reduce((sum, ms) => sum + ms, 0)
    const us = (total * 1000) / answered
    const shares = spent.map((ms) => `${((ms / (seconds * 1000)) * 100).toFixed(0)} %`)
    console.log(
      `${scenario}, ${count}: ${perSecond.toFixed(0)}/s, ${us.toFixed(2)} µs, lost ${lost}, ` +
        `of a core each used ${shares.join(' and ')}`,
    )
    const key = `${scenario} ${count}`
    results.set(key, [...(results.get(key) ?? []), { perSecond, us }])
  } finally {
    await stop(child)
    await sleep(100)
    for (const group of groups) rmdirSync(group)
  }
}

/** Lets a process use its share of one processor; returns the directory of its cgroup. */
function limit(pid, core) {
  const isFirstVersion = existsSync('/sys/fs/cgroup/cpu')
  const group = `/sys/fs/cgroup${isFirstVersion ? '/cpu' : ''}/fingerpost-bench-${pid}`
  mkdirSync(group)
  const quota = String(Math.round(PERIOD_US * Number(flags.share)))
  if (isFirstVersion) {
    writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US))
    writeFileSync(`${group}/cpu.cfs_quota_us`, quota)
  } else writeFileSync(`${group}/cpu.max`, `${quota} ${PERIOD_US}`)
  writeFileSync(`${group}/cgroup.procs`, String(pid))
  spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)])
  return group
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

/** Milliseconds of CPU time of this process alone. */
function cpuOf(pid) {
  return cpuMs(pid) - childrenOf(pid).reduce((sum, child) => sum + cpuMs(child), 0)
}

function median(all) {
  return [...all].sort((left, right) => left - right)[Math.floor(all.length / 2)]
}
