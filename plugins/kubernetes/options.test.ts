import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
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
    ],
    { it },
  )
})
