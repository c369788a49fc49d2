import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Metrics } from './metrics.ts'
import { declareProcessMetrics, declareRuntimeMetrics } from './process-metrics.ts'

const build = { version: '1.2.3', revision: 'abc', runtime: 'bun1.4.5' }

function collected(): Metrics {
  const metrics = new Metrics()
  declareProcessMetrics(metrics, build)
  metrics.collect()
  return metrics
}

describe('declareProcessMetrics', () => {
  it('says what is running', () => {
    expect(collected().value('coredns_build_info', '1.2.3', 'abc', 'bun1.4.5')).toBe(1)
  })

  it('reads memory and the time of the start', () => {
    const metrics = collected()
    expect(metrics.value('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    const startSeconds = metrics.value('process_start_time_seconds') ?? 0
    expect(startSeconds).toBeLessThanOrEqual(Date.now() / 1000)
    expect(startSeconds).toBeGreaterThan(Date.now() / 1000 - 86_400)
  })

  it('counts CPU time once, however often it is read', () => {
    const metrics = collected()
    const before = metrics.value('process_cpu_seconds_total') ?? 0
    metrics.collect()
    metrics.collect()
    const after = metrics.value('process_cpu_seconds_total') ?? 0
    const { user, system } = process.cpuUsage()
    expect(before).toBeGreaterThan(0)
    expect(after).toBeGreaterThanOrEqual(before)
    expect(after).toBeLessThanOrEqual((user + system) / 1e6)
  })

  it('reads address space and file descriptors where the system tells them', () => {
    const metrics = collected()
    const hasProc = existsSync('/proc/self/stat')
    const names = ['process_virtual_memory_bytes', 'process_open_fds', 'process_max_fds']
    const values = names.map((name) => metrics.value(name))
    if (!hasProc) return expect(values).toEqual([undefined, undefined, undefined])
    const [virtualBytes = 0, openFds = 0, maxFds = 0] = values
    expect(virtualBytes).toBeGreaterThan(metrics.value('process_resident_memory_bytes') ?? 0)
    expect(openFds).toBeGreaterThan(2)
    expect(openFds).toBeLessThan(maxFds)
  })
})

describe('declareRuntimeMetrics', () => {
  it('reads the heap, however many blocks ask for it', () => {
    const metrics = new Metrics()
    declareRuntimeMetrics(metrics)
    declareRuntimeMetrics(metrics)
    metrics.collect()
    const used = metrics.value('fingerpost_runtime_heap_used_bytes') ?? 0
    expect(used).toBeGreaterThan(0)
    expect(metrics.value('fingerpost_runtime_heap_size_bytes')).toBeGreaterThanOrEqual(used)
    expect([...metrics.families()]).toHaveLength(4)
  })
})
