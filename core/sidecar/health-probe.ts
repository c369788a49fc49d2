/**
 * Asks the process's own health endpoint once a second and measures how long the answer takes: a
 * slow one tells of a process that is overloaded. The metrics and words are CoreDNS's.
 */

import { connect } from 'node:net'
import { type Clock, formatAddressWithPort, type Logger, type Timer } from '@fingerpost/sdk'
import type { Metrics } from '../metrics.ts'
import { type HttpPlace, normaliseAddress } from './http-listener.ts'

/** What a probe works with. */
export interface ProbeParts {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'counter' | 'histogram'>
}

/** Starts to ask the endpoint at `place`. */
export function startHealthProbe(place: HttpPlace, { clock, log, metrics }: ProbeParts): Timer {
  const duration = metrics.histogram(
    'coredns_health_request_duration_seconds',
    'Histogram of the time (in seconds) each request took.',
    [0.00025, 0.0025, 0.025, 0.25, 2.5],
  )
  const failures = metrics.counter(
    'coredns_health_request_failures_total',
    'The number of times the health check failed.',
  )
  const host = normaliseAddress(place.address) || '127.0.0.1'
  const authority = formatAddressWithPort({ host, port: place.port })
  const about = `Local health request to "http://${authority}/health"`
  let isAsking = false
  let isOver = false
  const ask = async (): Promise<void> => {
    isAsking = true
    const startMs = clock.now()
    const failure = await askHealth(host, place.port, authority, clock)
    isAsking = false
    if (isOver) return
    const tookMs = clock.now() - startMs
    duration.observe(tookMs / 1000)
    if (failure !== undefined) {
      failures.add()
      log.warning(`${about} failed: ${failure}`)
    } else if (tookMs > SLOW_MS) {
      log.warning(`${about} took more than 1s: ${Math.round(tookMs) / 1000}s`)
    }
  }
  const timer = clock.every(INTERVAL_MS, () => {
    if (!isAsking) void ask()
  })
  return {
    cancel: () => {
      isOver = true
      timer.cancel()
    },
  }
}

const INTERVAL_MS = 1000
const TIMEOUT_MS = 3000
const SLOW_MS = 1000

/** Undefined when it answers with 200. Without `fetch`, which would ask the proxy of the environment. */
function askHealth(
  host: string,
  port: number,
  authority: string,
  clock: Clock,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ host, port })
    const finish = (failure: string | undefined): void => {
      timeout.cancel()
      socket.destroy()
      resolve(failure)
    }
    const timeout = clock.after(TIMEOUT_MS, () => finish(`no answer within ${TIMEOUT_MS / 1000}s`))
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      socket.write(`GET /health HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', (chunk) => {
      text += chunk
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
      if (status !== undefined) finish(status === '200' ? undefined : `status ${status}`)
    })
    socket.on('error', (error) => finish(error.message))
    socket.on('close', () => finish('the connection was closed'))
  })
}
