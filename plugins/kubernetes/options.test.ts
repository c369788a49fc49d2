import { configErrorsOf, fakeHost, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import kubernetes from './index.ts'

const block = (line: string) => `kubernetes cluster.local {\n ${line}\n}`

describe('options of kubernetes', () => {
  testOptions(
    kubernetes,
    [
      { text: 'kubernetes', options: { args: [[]], block: { pods: 'disabled', ttl: 5 } } },
      {
        text: 'kubernetes cluster.local 10.0.0.0/8',
        options: { args: [['cluster.local.', '10.in-addr.arpa.']] },
      },
      {
        text: block('endpoint http://a http://b'),
        options: { block: { endpoint: ['http://a', 'http://b'] } },
      },
      { text: block('endpoint'), error: /./, at: 'endpoint' },
      { text: block('tls a b'), error: /./ },
      { text: block('kubeconfig f context'), options: { block: { kubeconfig: ['f', 'context'] } } },
      {
        text: block('namespaces a b\n namespaces c'),
        options: { block: { namespaces: ['a', 'b', 'c'] } },
      },
      {
        text: block('namespaces a\n namespace_labels b=c'),
        error: /cannot both be set/,
        at: 'namespace_labels',
      },
      { text: block('labels a in (b, c)'), options: { block: { labels: 'a in (b, c)' } } },
      { text: block('labels =='), error: /not a label selector/ },
      { text: block('pods verified'), options: { block: { pods: 'verified' } } },
      { text: block('ttl 3600'), options: { block: { ttl: 3600 } } },
      { text: block('ttl 3601'), error: /./, at: '3601' },
      { text: block('ignore'), options: { block: { ignore: [] } } },
      { text: block('ignore foo'), error: /empty_service/, at: 'foo' },
      { text: block('zonal\n noendpoints'), error: /needs the endpoints/, at: 'zonal' },
      {
        text: block('multicluster cluster.local'),
        options: { block: { multicluster: ['cluster.local.'] } },
      },
      { text: block('multicluster other.local'), error: /not a zone of this plugin/ },
      { text: block('apiserver_qps -1'), error: /./, at: '-1' },
      { text: block('unready_after 2m'), options: { block: { unready_after: 120_000 } } },
      { text: block('unready_after 30s'), error: /at least 60s/, at: 'unready_after' },
      {
        text: block('manifests d\n unready_after 2m'),
        error: /do not go silent/,
        at: 'unready_after',
      },
      { text: block('startup_timeout 1s'), options: { block: { startup_timeout: 1000 } } },
      {
        text: block('manifests d\n endpoint http://a'),
        error: /in the place of an API|takes the place/,
      },
      { text: block('nosuch'), error: /./, at: 'nosuch' },
      // Reverse zones need one beside them that PTR records can point into.
      { text: 'kubernetes 10.0.0.0/8', error: /non-reverse zone name must be used/ },
      {
        text: 'kubernetes 10.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa',
        error: /non-reverse zone name must be used/,
        at: '10.in-addr.arpa',
      },
      { text: 'kubernetes in-addr.arpa', options: { args: [['in-addr.arpa.']] } },
      {
        text: 'kubernetes 10.in-addr.arpa a.local',
        options: { args: [['10.in-addr.arpa.', 'a.local.']] },
      },
      { text: block('tls'), error: /./, at: 'tls' },
      { text: block('tls a b c d'), error: /./, at: 'd' },
      { text: block('tls a b c'), options: { block: { tls: ['a', 'b', 'c'] } } },
      { text: block('kubeconfig'), error: /./, at: 'kubeconfig' },
      { text: block('kubeconfig f a b'), error: /./, at: 'b' },
      { text: block('kubeconfig f'), options: { block: { kubeconfig: ['f', undefined] } } },
      { text: block('apiserver_qps 1.5'), options: { block: { apiserver_qps: 1.5 } } },
      { text: block('apiserver_qps x'), error: /./, at: 'x' },
      { text: block('apiserver_burst 3'), options: { block: { apiserver_burst: 3 } } },
      { text: block('apiserver_burst 1.5'), error: /./, at: '1.5' },
      {
        text: block('apiserver_max_inflight 0'),
        options: { block: { apiserver_max_inflight: 0 } },
      },
      { text: block('apiserver_max_inflight -1'), error: /./, at: '-1' },
      { text: block('namespaces'), error: /./, at: 'namespaces' },
      {
        text: block('namespace_labels b=c\n namespaces a'),
        error: /cannot both be set/,
        at: 'namespace_labels',
      },
      { text: block('namespace_labels'), error: /./, at: 'namespace_labels' },
      {
        text: block('namespace_labels a=b,c!=d'),
        options: { block: { namespace_labels: 'a=b,c!=d' } },
      },
      { text: block('labels'), error: /./, at: 'labels' },
      { text: block('pods'), error: /./, at: 'pods' },
      { text: block('pods all'), error: /verified/, at: 'all' },
      { text: block('pods insecure'), options: { block: { pods: 'insecure' } } },
      { text: block('endpoint_pod_names'), options: { block: { endpoint_pod_names: true } } },
      { text: block('endpoint_pod_names x'), error: /./, at: 'x' },
      { text: block('ttl'), error: /./, at: 'ttl' },
      { text: block('ttl -1'), error: /./, at: '-1' },
      { text: block('ttl 0'), options: { block: { ttl: 0 } } },
      { text: block('noendpoints'), options: { block: { noendpoints: true } } },
      { text: block('fallthrough'), options: { block: { fallthrough: [] } } },
      {
        text: block('fallthrough in-addr.arpa 10.0.0.0/8'),
        options: { block: { fallthrough: ['in-addr.arpa.', '10.in-addr.arpa.'] } },
      },
      { text: block('ignore empty_service'), options: { block: { ignore: ['empty_service'] } } },
      { text: block('zonal'), options: { block: { zonal: true } } },
      { text: block('zonal x'), error: /./, at: 'x' },
      { text: block('multicluster'), options: { block: { multicluster: [] } } },
      { text: block('startup_timeout x'), error: /./, at: 'x' },
      { text: block('startup_timeout'), error: /./, at: 'startup_timeout' },
      { text: block('resyncperiod 5m'), error: /./, at: 'resyncperiod' },
    ],
    { it },
  )
})

describe('zones of the block', () => {
  const load = (text: string, zones: readonly string[]) => {
    const host = fakeHost({ plugin: 'kubernetes', zones })
    return configErrorsOf(async () => {
      const loaded = await loadPlugin(kubernetes, text, { host, start: false })
      await loaded.shutdown()
    })
  }

  it('must have one among them that is no reverse zone', async () => {
    const text = 'kubernetes {\n endpoint http://192.0.2.1\n}'
    const [error] = await load(text, ['10.in-addr.arpa.'])
    expect(error).toMatchObject({
      code: 'bad-zone',
      message: expect.stringContaining('non-reverse zone name must be used'),
      suggestion: expect.stringContaining('zone of the cluster'),
    })
    expect(await load(text, ['10.in-addr.arpa.', 'cluster.local.'])).toEqual([])
    expect(await load(text, ['.'])).toEqual([])
  })

  it('must have those among them that are imported', async () => {
    const text = 'kubernetes {\n endpoint http://192.0.2.1\n multicluster clusterset.local\n}'
    const [error] = await load(text, ['cluster.local.'])
    expect(error?.message).toContain('clusterset.local. is not a zone of this block')
    expect(await load(text, ['cluster.local.', 'ClusterSet.local.'])).toEqual([])
  })
})
