import type { Plugin } from '@fingerpost/sdk'
import { FakeClock, type FakeHost, FakeLog, fakeHost, loadPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { recordSteps } from '../../core/chain-sampling.ts'
import { type Family, Metrics } from '../../core/metrics.ts'
import { declareProcessMetrics, declareRuntimeMetrics } from '../../core/process-metrics.ts'
import { ServerMetrics } from '../../core/server-metrics.ts'
import { startHealthProbe } from '../../core/sidecar/health-probe.ts'
import acl from '../../plugins/acl/index.ts'
import cache from '../../plugins/cache/index.ts'
import dns64 from '../../plugins/dns64/index.ts'
import forward from '../../plugins/forward/index.ts'
import hosts from '../../plugins/hosts/index.ts'
import { catalogue } from '../../plugins/index.ts'
import kubernetes from '../../plugins/kubernetes/index.ts'
import local from '../../plugins/local/index.ts'
import prometheus from '../../plugins/prometheus/index.ts'
import template from '../../plugins/template/index.ts'
import { referenceMetrics } from './reference.ts'

/** Plugins that have metrics of CoreDNS's, with a configuration and the start of the names. */
const measuring: readonly (readonly [plugin: Plugin, corefile: string, names: RegExp])[] = [
  [prometheus, 'prometheus', /^coredns_dns_(?!https)/],
  [acl, 'acl', /^coredns_acl_/],
  [cache, 'cache', /^coredns_cache_/],
  [dns64, 'dns64', /^coredns_dns64_/],
  [forward, 'forward . 192.0.2.1', /^coredns_(forward|proxy)_/],
  [kubernetes, 'kubernetes {\n endpoint http://192.0.2.1\n}', /^coredns_kubernetes_/],
  [local, 'local', /^coredns_local_/],
  [hosts, 'hosts /etc/hosts {\n 192.0.2.1 example.org\n}', /^coredns_hosts_/],
  [template, 'template IN A {\n answer "{{ .Name }} A 192.0.2.1"\n}', /^coredns_template_/],
].map(([plugin, ...rest]) => [plugin as unknown as Plugin, ...rest] as [Plugin, string, RegExp])

describe('metrics', () => {
  for (const [plugin, corefile, prefix] of measuring) {
    it(`of ${plugin.name} are those of the reference`, async () => {
      const metrics = await metricsOf(plugin, corefile)
      const names = [...metrics.families()].map(({ name }) => name)
      const expected = Object.keys(referenceMetrics).filter((name) => prefix.test(name))
      expect(names.filter((name) => !name.startsWith('fingerpost_')).sort()).toEqual(
        expected.sort(),
      )
      for (const family of metrics.families()) expectLikeReference(family)
    })
  }

  it('of core are those of the reference', () => {
    const metrics = new Metrics()
    declareProcessMetrics(metrics, { version: '1', revision: '', runtime: 'node' })
    declareRuntimeMetrics(metrics)
    const server = new ServerMetrics(metrics)
    server.showPlugins([])
    recordSteps(metrics)
    startHealthProbe({ address: '', port: 0 }, probeParts(metrics)).cancel()
    for (const family of metrics.families()) expectLikeReference(family)
    const names = [...metrics.families()].map((family) => family.name)
    const ofCore = /^(coredns_(build|panics|plugin|dns_https|health)_|process_cpu)/
    expect(names).toEqual(
      expect.arrayContaining(Object.keys(referenceMetrics).filter((name) => ofCore.test(name))),
    )
  })

  it('of all plugins are known to the reference or have a name of our own', async () => {
    for (const entry of catalogue) {
      // Those that can't do without options have no metrics, or are looked at above.
      const metrics = await metricsOf(await entry.load(), entry.name).catch(() => new Metrics())
      for (const family of metrics.families()) expectLikeReference(family)
    }
  })
})

function expectLikeReference({ name, kind, labelNames, bounds }: Family): void {
  if (name.startsWith('fingerpost_')) return
  const found = { kind, labels: labelNames, ...(kind === 'histogram' && { bounds }) }
  expect({ [name]: found }).toEqual({ [name]: referenceMetrics[name] })
}

/** What a plugin declares when it is set up and started. */
async function metricsOf(plugin: Plugin, corefile: string): Promise<Metrics> {
  const metrics = new Metrics()
  const host = fakeHost({ plugin: plugin.name })
  host.files.set('/etc/hosts', '192.0.2.1 example.org\n')
  // There is no API that *kubernetes* could wait for; its start declares nothing.
  const start = plugin.name !== 'kubernetes'
  const loaded = await loadPlugin(plugin, corefile, { host: countingWith(metrics, host), start })
  await loaded.shutdown()
  return metrics
}

/** The fake host with metrics as core has them. */
function countingWith(metrics: Metrics, host: FakeHost): FakeHost {
  const fullName = (name: string): string =>
    /^(coredns|fingerpost)_/.test(name) ? name : `coredns_${host.plugin}_${name}`
  return Object.assign(host, {
    counter: (name, help, labels) => metrics.counter(fullName(name), help, labels),
    gauge: (name, help, labels) => metrics.gauge(fullName(name), help, labels),
    histogram: (name, help, bounds, labels) =>
      metrics.histogram(fullName(name), help, bounds, labels),
  } satisfies Partial<FakeHost>)
}

function probeParts(metrics: Metrics): Parameters<typeof startHealthProbe>[1] {
  return { clock: new FakeClock(), log: new FakeLog('health'), metrics }
}
