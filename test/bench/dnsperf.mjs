// Runs dnsperf on processor 1 and reads what it counted.
import { spawn, spawnSync } from 'node:child_process'
import process from 'node:process'

/** Moves this process to processor 1, away from the servers that are measured. */
export function leaveCore() {
  spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)])
}

/** Resolves with the counts that dnsperf prints; NaN where it prints none. */
export function dnsperf(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', '1', 'dnsperf', ...args])
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.on('error', reject)
    child.on('close', () => {
      const number = (pattern) => Number(pattern.exec(out)?.[1] ?? Number.NaN)
      resolve({
        sent: number(/Queries sent:\s+(\d+)/),
        answered: number(/Queries completed:\s+(\d+)/),
        lost: number(/Queries lost:\s+(\d+)/),
        perSecond: number(/Queries per second:\s+([\d.]+)/),
        noerror: number(/NOERROR (\d+)/),
        codes: /Response codes:\s+(.*)/.exec(out)?.[1] ?? 'no response',
      })
    })
  })
}

/**
 * Resolves with percentiles of the time that answers took, in milliseconds. For a steady rate: what
 * else is on its processor must not make dnsperf late, or that would count as the server's latency;
 * asking as fast as it can, it would leave an upstream there no time at all.
 */
export function latencies(args) {
  return new Promise((resolve, reject) => {
    const isAllowed = spawnSync('chrt', ['-f', '1', 'true']).status === 0
    const precedence = isAllowed ? ['chrt', '-f', '1'] : []
    const child = spawn('taskset', ['-c', '1', ...precedence, 'dnsperf', '-v', ...args])
    const times = []
    let rest = ''
    let lost = Number.NaN
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()
      for (const line of lines) {
        const seconds = /^> [A-Z]+ \S+ \S+ ([\d.]+)$/.exec(line)?.[1]
        if (seconds !== undefined) times.push(Number(seconds) * 1000)
        lost = Number(/Queries lost:\s+(\d+)/.exec(line)?.[1] ?? lost)
      }
    })
    child.on('error', reject)
    child.on('close', () => {
      times.sort((left, right) => left - right)
      const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
      const max = at(1)
      resolve({ count: times.length, lost, p50: at(0.5), p99: at(0.99), p999: at(0.999), max })
    })
  })
}
