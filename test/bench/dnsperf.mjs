// Runs dnsperf on processor 1 and reads what it counted.
import { spawn } from 'node:child_process'

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
