import { describe, expect, it } from 'vitest'
import { exposition } from '../exposition.ts'
import { Metrics } from '../metrics.ts'
import { addUp, snapshot, withoutGauges } from './merge-metrics.ts'

function counted(amount: number, fill: (metrics: Metrics) => void = () => {}): Metrics {
  const metrics = new Metrics()
  metrics.counter('coredns_dns_requests_total', 'Queries.', ['zone']).labels('.').add(amount)
  const duration = metrics.histogram('coredns_dns_request_duration_seconds', 'Time.', [0.1, 1])
  for (let i = 0; i < amount; i++) duration.observe(i)
  metrics.gauge('coredns_cache_entries', 'Entries.').set(amount)
  metrics.gauge('coredns_hosts_entries', 'Entries.').set(7)
  fill(metrics)
  return metrics
}

const text = (metrics: Metrics, ...others: Metrics[]): string =>
  [...exposition(metrics, others.map(snapshot))].join('')

describe('metrics of several processes', () => {
  it('are added up: counters, histograms, and gauges of what each process has', () => {
    const lines = text(counted(2), counted(3), counted(1)).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'coredns_dns_requests_total{zone="."} 6',
        'coredns_dns_request_duration_seconds_bucket{le="0.1"} 3',
        'coredns_dns_request_duration_seconds_bucket{le="1"} 5',
        'coredns_dns_request_duration_seconds_bucket{le="+Inf"} 6',
        'coredns_dns_request_duration_seconds_sum 4',
        'coredns_dns_request_duration_seconds_count 6',
        'coredns_cache_entries 6',
      ]),
    )
  })

  it('are those of the first one where all say the same', () => {
    expect(text(counted(1), counted(1))).toContain('coredns_hosts_entries 7\n')
  })

  it('have label sets and metrics that only others have', () => {
    const other = counted(1, (metrics) => {
      metrics.counter('coredns_dns_requests_total', 'Queries.', ['zone']).labels('a.').add(4)
      metrics.counter('coredns_forward_requests_total', 'Sent.').add(9)
    })
    const sum = text(counted(1), other)
    expect(sum).toContain('coredns_dns_requests_total{zone="a."} 4\n')
    expect(sum).toContain('coredns_forward_requests_total 9\n')
  })

  it('leave the metrics of this process as they were', () => {
    const own = counted(2)
    const before = text(own)
    text(own, counted(5))
    expect(text(own)).toBe(before)
  })

  it('do without a metric of another kind or with other labels', () => {
    const odd = new Metrics()
    odd.gauge('coredns_dns_requests_total', 'Queries.', ['zone']).labels('.').set(5)
    odd.counter('coredns_hosts_entries', 'Entries.', ['file']).labels('a').add(5)
    expect(text(counted(1), odd)).toBe(text(counted(1)))
  })

  it('pass as JSON', () => {
    const passed = JSON.parse(JSON.stringify(snapshot(counted(3))))
    expect([...exposition(new Metrics(), [passed])].join('')).toBe(text(counted(3)))
  })

  it('go on counting when a process is gone, gauges do not', () => {
    const gone = withoutGauges(snapshot(counted(3)))
    const names = addUp([], [gone]).map(({ name }) => name)
    expect(names).toEqual(['coredns_dns_requests_total', 'coredns_dns_request_duration_seconds'])
  })
})
