import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import prometheus from './index.ts'

describe('options of prometheus', () => {
  testOptions(
    prometheus,
    [
      { text: 'prometheus', options: { args: [{ host: 'localhost', port: 9153 }] } },
      { text: 'prometheus :9253', options: { args: [{ host: '', port: 9253 }] } },
      { text: 'prometheus 127.0.0.1:0', options: { args: [{ host: '127.0.0.1', port: 0 }] } },
      { text: 'prometheus [::1]:9153', options: { args: [{ host: '::1', port: 9153 }] } },
      {
        text: 'prometheus :9153 {\n runtime_metrics\n tls web.yml\n}',
        options: { block: { runtime_metrics: true, tls: { value: 'web.yml' } } },
      },
      { text: 'prometheus a b', error: /./, at: 'b' },
      { text: 'prometheus nohost', error: /port is missing/, at: 'nohost' },
      { text: 'prometheus :65536', error: /ports go from/, at: ':65536' },
      { text: 'prometheus {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
      { text: 'prometheus {\n runtime_metrics on\n}', error: /./, at: 'on' },
      { text: 'prometheus {\n tls\n}', error: /./, at: 'tls' },
      { text: 'prometheus {\n tls a\n tls b\n}', error: /./ },
      { text: 'prometheus :1\nprometheus :2', error: /once/ },
    ],
    { it },
  )
})
