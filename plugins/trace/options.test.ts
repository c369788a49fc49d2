import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import trace from './index.ts'

const to = (url: string) => ({ args: { url } })

describe('the options of trace', () => {
  testOptions(
    trace,
    [
      { text: 'trace', options: to('http://localhost:9411/api/v2/spans') },
      { text: 'trace zipkin', options: to('http://localhost:9411/api/v2/spans') },
      { text: 'trace 192.0.2.1', options: to('http://192.0.2.1:9411/api/v2/spans') },
      { text: 'trace zipkin z.test:99', options: to('http://z.test:99/api/v2/spans') },
      { text: 'trace zipkin https://z.test/x', options: to('https://z.test/x') },
      { text: 'trace otlp', options: to('http://localhost:4318/v1/traces') },
      { text: 'trace otlp [2001:db8::1]:99', options: to('http://[2001:db8::1]:99/v1/traces') },
      { text: 'trace otlp https://c.test:4318', options: to('https://c.test:4318/v1/traces') },
      {
        text: 'trace {\n every 7\n service x\n client_server\n zipkin_max_backlog_size 5\n}',
        options: {
          block: { every: 7, service: 'x', client_server: true, zipkin_max_backlog_size: 5 },
        },
      },
      {
        text: 'trace {\n zipkin_max_batch_size 3\n zipkin_max_batch_interval 2s\n}',
        options: { block: { zipkin_max_batch_size: 3, zipkin_max_batch_interval: 2000 } },
      },
      { text: 'trace datadog localhost:8126', error: /Datadog/, at: 'datadog' },
      { text: 'trace zipkin a b', error: /one endpoint/, at: 'b' },
      { text: 'trace a:b:c:d', error: /address/, at: 'a:b:c:d' },
      { text: 'trace otlp :4318', error: /address/, at: ':4318' },
      { text: 'trace otlp http://', error: /no URL/, at: 'http://' },
      { text: 'trace {\n every -1\n}', error: /./, at: '-1' },
      { text: 'trace {\n zipkin_max_batch_size 0\n}', error: /./, at: '0' },
      { text: 'trace {\n nosuch\n}', error: /no option/, at: 'nosuch' },
    ],
    { it },
  )
})
