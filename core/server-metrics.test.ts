import type { Handler } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { exposition } from './exposition.ts'
import { Metrics } from './metrics.ts'
import { type RunningBlock, ServerMetrics } from './server-metrics.ts'

const answering: Handler = { onQuery: (query) => query.reply() }
const patching: Handler = { onResponse: (_, response) => response }

function block(names: Record<string, Handler>, zones = ['.']): RunningBlock {
  const links = Object.entries(names).map(([name, handler]) => ({ name, handler }))
  return { places: zones.map((zone) => ({ server: 'dns://:53', zone })), links, view: '' }
}

function linesOf(metrics: Metrics, start: string): string[] {
  const lines = [...exposition(metrics)].join('').split('\n')
  return lines.filter((line) => line.startsWith(start))
}

describe('ServerMetrics', () => {
  it('has the counter of panics from the start', () => {
    const metrics = new Metrics()
    new ServerMetrics(metrics)
    expect(linesOf(metrics, 'coredns_')).toEqual(['coredns_panics_total 0'])
  })

  it('shows the plugins that have a part in answering, in blocks that are watched', () => {
    const metrics = new Metrics()
    const server = new ServerMetrics(metrics)
    const zones = ['a.test.', 'b.test.']
    server.showPlugins([
      block({ bind: {}, prometheus: answering, minimal: patching, whoami: answering }, zones),
      block({ whoami: answering }, ['quiet.test.']),
    ])
    expect(linesOf(metrics, 'coredns_plugin')).toEqual(
      ['minimal', 'prometheus', 'whoami'].flatMap((name) =>
        zones.map(
          (zone) =>
            `coredns_plugin_enabled{name="${name}",server="dns://:53",view="",zone="${zone}"} 1`,
        ),
      ),
    )
  })

  it('forgets the plugins of the configuration before', () => {
    const metrics = new Metrics()
    const server = new ServerMetrics(metrics)
    server.showPlugins([block({ prometheus: answering, whoami: answering })])
    server.showPlugins([block({ prometheus: answering })])
    expect(linesOf(metrics, 'coredns_plugin')).toHaveLength(1)
  })

  it('counts HTTP responses by status', () => {
    const metrics = new Metrics()
    const server = new ServerMetrics(metrics)
    server.onHttps('https://:443', 200)
    server.onHttps('https://:443', 200)
    server.onHttps('https://:443', 404)
    expect(linesOf(metrics, 'coredns_dns_https')).toEqual([
      'coredns_dns_https_responses_total{server="https://:443",status="200"} 2',
      'coredns_dns_https_responses_total{server="https://:443",status="404"} 1',
    ])
  })

  it("counts queries that no block took under the zone 'dropped'", () => {
    const metrics = new Metrics()
    const { onDropped } = new ServerMetrics(metrics)
    const queries = [
      makeQuery('a.test A'),
      makeQuery('b.test A', undefined, { client: '2001:db8::1' }),
      makeQuery('a.test TYPE65280', undefined, { edns: { do: true } }),
      makeQuery('a.test TYPE65281'),
      makeQuery('a.test A', undefined, { transport: 'tls' }),
    ]
    for (const query of queries) onDropped(query, query.reply({ rcode: 5 }))
    const dns = 'server="dns://:53"'
    const tls = 'server="tls://:853"'
    expect(linesOf(metrics, 'coredns_dns_requests')).toEqual([
      `coredns_dns_requests_total{family="1",proto="tcp",${tls},type="A",view="",zone="dropped"} 1`,
      `coredns_dns_requests_total{family="1",proto="udp",${dns},type="A",view="",zone="dropped"} 1`,
      `coredns_dns_requests_total{family="1",proto="udp",${dns},type="other",view="",zone="dropped"} 2`,
      `coredns_dns_requests_total{family="2",proto="udp",${dns},type="A",view="",zone="dropped"} 1`,
    ])
    expect(linesOf(metrics, 'coredns_dns_responses')).toEqual([
      `coredns_dns_responses_total{plugin="",rcode="REFUSED",${dns},view="",zone="dropped"} 4`,
      `coredns_dns_responses_total{plugin="",rcode="REFUSED",${tls},view="",zone="dropped"} 1`,
    ])
    expect(metrics.value('coredns_dns_do_requests_total', 'dns://:53', 'dropped', '')).toBe(1)
    const sizes = linesOf(metrics, 'coredns_dns_response_size_bytes_count')
    expect(sizes.map((line) => line.slice(-2))).toEqual([' 1', ' 4'])
  })
})
