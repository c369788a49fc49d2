/**
 * The process as Prometheus's clients describe it, read at each scrape: CPU, memory, file
 * descriptors. What a system doesn't tell is left out.
 */

import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { Metrics } from './metrics.ts'

/** What the build info metric says. */
export interface BuildInfo {
  readonly version: string
  /** The commit; empty when the program runs from its source. */
  readonly revision: string
  /** The runtime in place of Go: `bun1.4.5`. */
  readonly runtime: string
}

/** Declares the metrics of the process; once for each process. */
export function declareProcessMetrics(metrics: Metrics, build: BuildInfo): void {
  // The label is called so in CoreDNS.
  const labels = ['version', 'revision', 'goversion']
  metrics
    .gauge('coredns_build_info', 'What is running; always 1.', labels)
    .labels(build.version, build.revision, build.runtime)
    .set(1)
  metrics
    .gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.')
    .set(Math.round(Date.now() - process.uptime() * 1000) / 1000)

  const cpu = metrics.counter('process_cpu_seconds_total', 'CPU time spent, user and system.')
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory in RAM.')
  let countedMicroseconds = 0
  metrics.onCollect(() => {
    const { user, system } = process.cpuUsage()
    cpu.add((user + system - countedMicroseconds) / 1e6)
    countedMicroseconds = user + system
    resident.set(process.memoryUsage().rss)
  })
  declareLinuxMetrics(metrics)
}

/**
 * Declares metrics of the JavaScript runtime, for `runtime_metrics` in a *prometheus* block. May
 * be called for each block that asks: they are declared once, and stay for the process.
 */
export function declareRuntimeMetrics(metrics: Metrics): void {
  if (withRuntimeMetrics.has(metrics)) return
  withRuntimeMetrics.add(metrics)
  const gauge = (name: string, help: string): ReturnType<Metrics['gauge']> =>
    metrics.gauge(`fingerpost_runtime_${name}`, help)
  const total = gauge('heap_size_bytes', 'Memory that the heap of JavaScript takes.')
  const used = gauge('heap_used_bytes', 'Memory of the heap that is in use.')
  const external = gauge('external_memory_bytes', 'Memory that objects own outside of the heap.')
  const buffers = gauge('array_buffer_bytes', 'Memory of array buffers.')
  metrics.onCollect(() => {
    const memory = process.memoryUsage()
    total.set(memory.heapTotal)
    used.set(memory.heapUsed)
    external.set(memory.external)
    buffers.set(memory.arrayBuffers)
  })
}

const withRuntimeMetrics = new WeakSet<Metrics>()

function declareLinuxMetrics(metrics: Metrics): void {
  const virtual = readOrUndefined(readVirtualBytes)
  const maxFds = readOrUndefined(readMaxFds)
  const openFds = readOrUndefined(countFds)
  if (virtual !== undefined) {
    const gauge = metrics.gauge('process_virtual_memory_bytes', 'Address space in use.')
    metrics.onCollect(() => gauge.set(readVirtualBytes()))
  }
  if (openFds !== undefined) {
    const gauge = metrics.gauge('process_open_fds', 'Open file descriptors.')
    metrics.onCollect(() => gauge.set(countFds()))
  }
  if (maxFds !== undefined) {
    metrics.gauge('process_max_fds', 'File descriptors that the process may open.').set(maxFds)
  }
}

/** The 23rd field; the second one is the name of the program and may hold anything. */
function readVirtualBytes(): number {
  const text = readFileSync('/proc/self/stat', 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[20])
}

/** The soft limit. */
function readMaxFds(): number {
  const text = readFileSync('/proc/self/limits', 'latin1')
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]
  if (limit === undefined) throw new Error('there is no limit of open files')
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
}

/** Without the one that reading the list takes. */
function countFds(): number {
  return readdirSync('/proc/self/fd').length - 1
}

function readOrUndefined(read: () => number): number | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
