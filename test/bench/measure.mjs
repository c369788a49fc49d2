// Starts servers on one core, asks them from another, and reads what they cost from /proc.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { dnsperf } from './dnsperf.mjs'
import { composeQuery } from './query.mjs'

// Linux counts CPU time in hundredths of a second, whatever the kernel's own clock.
const TICK_US = 10_000
const WARM_SECONDS = 2
const WARM_MAX_SECONDS = 60
const STOP_MS = 3000
const START_MS = 10_000
const ANSWER_MS = 200

const running = new Set()
process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL')
})

/** A UDP port that was free a moment ago. */
export async function freePort() {
  const socket = createSocket('udp4')
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return port
}

/** Starts a shell command on one core. */
export function start(core, command) {
  const args = ['-c', String(core), 'sh', '-c', `exec ${command}`]
  const child = spawn('taskset', args, { stdio: 'ignore', detached: true })
  running.add(child)
  child.on('error', () => {})
  return child
}

/** Ends a server and all it started. */
export async function stop(child) {
  running.delete(child)
  if (child.exitCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  killGroup(child, 'SIGTERM')
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}

/** Waits until a server answers with records, asking again after `intervalMs`. */
export async function untilAnswers(child, port, label, name, intervalMs = 100) {
  const endMs = performance.now() + START_MS
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`${label} ended with ${child.exitCode}`)
    if (await hasAnswer(port, name, Math.min(2 * intervalMs, ANSWER_MS))) return
    await sleep(intervalMs)
  }
  throw new Error(`${label} does not answer on port ${port}`)
}

/**
 * One measurement of a contestant. All its answers have to be NOERROR, unless the questions are such
 * that `expects` is `any`. It is warmed up for two seconds, or by `warmRuns` runs through all
 * questions.
 */
export async function measure(
  { name, command },
  { queries, seconds, firstName, expects = 'noerror', warmRuns },
) {
  const port = await freePort()
  const child = start(0, command(port))
  try {
    await untilAnswers(child, port, name, firstName)
    // Fills caches and lets compilers do their work.
    await load(port, queries, warmRuns === undefined ? WARM_SECONDS : WARM_MAX_SECONDS, warmRuns)
    const before = cpuTicks(child.pid)
    const { answered, lost, perSecond, noerror } = await load(port, queries, seconds)
    const spent = cpuTicks(child.pid) - before
    if (!(answered > 0)) throw new Error(`${name} answered nothing`)
    if (expects !== 'any' && noerror !== answered)
      throw new Error(`${name}: ${noerror} of ${answered} are NOERROR`)
    const microseconds = (spent * TICK_US) / answered
    return { microseconds, perSecond, lost, residentMiB: residentMiB(child.pid) }
  } finally {
    await stop(child)
  }
}

function load(port, queries, seconds, runs) {
  const server = ['-s', '127.0.0.1', '-p', String(port), '-d', queries]
  const end = ['-l', String(seconds), ...(runs === undefined ? [] : ['-n', String(runs)])]
  return dnsperf([...server, ...end, '-c', '20', '-q', '200', '-T', '1'])
}

/** CPU time of a process and its descendants, user and system. */
export function cpuMs(rootPid) {
  return (cpuTicks(rootPid) * TICK_US) / 1000
}

function cpuTicks(rootPid) {
  return tree(rootPid).reduce((sum, { ticks }) => sum + ticks, 0)
}

/** Resident memory of a process and its descendants. */
export function residentMiB(rootPid) {
  return tree(rootPid).reduce((sum, { pid }) => {
    const kib = /VmRSS:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1] ?? 0
    return sum + Number(kib) / 1024
  }, 0)
}

function tree(rootPid) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = readProc(pid, 'stat')
      // The second field is the name of the program, which may hold spaces and brackets.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields.length < 13) return []
      const ticks = Number(fields[11]) + Number(fields[12])
      return [{ pid: Number(pid), parent: Number(fields[1]), ticks }]
    })
  const members = processes.filter(({ pid }) => pid === rootPid)
  for (const { pid } of members) members.push(...processes.filter((other) => other.parent === pid))
  return members
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function hasAnswer(port, name, withinMs) {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    const finish = (isThere) => {
      clearTimeout(timer)
      socket.close()
      resolve(isThere)
    }
    const timer = setTimeout(() => finish(false), withinMs)
    socket.on('message', (reply) => finish(reply.length > 7 && reply.readUInt16BE(6) > 0))
    socket.on('error', () => finish(false))
    socket.send(composeQuery(0x0707, name), port, '127.0.0.1')
  })
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {}
}
