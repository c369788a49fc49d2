/**
 * Finds ports of this machine that are free for UDP and TCP at once: for servers that can't be told
 * to take any port, or that must be known to others before they start.
 */

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import process from 'node:process'

/**
 * Below the range from which systems give ports to clients, so that none takes one meanwhile. Each
 * worker of the test runner has a part of its own, so that none takes another's.
 */
const lowestPort = 12_000
const portsPerWorker = 5000
const workers = 4
const maxAttempts = 200
const given = new Set<number>()

/** Returns a free port that this process hasn't returned before. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % workers
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const port = lowestPort + worker * portsPerWorker + Math.floor(Math.random() * portsPerWorker)
    if (given.has(port)) continue
    given.add(port)
    if ((await isFreeForUdp(port)) && (await isFreeForTcp(port))) return port
  }
  throw new Error(`no free port after ${maxAttempts} attempts`)
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind(port, '0.0.0.0', () => socket.close(() => resolve(true)))
  })
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
