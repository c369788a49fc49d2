/** The options of *trace*: `trace [zipkin|otlp] [ENDPOINT] { … }`. */

import {
  custom,
  directive,
  durationBetween,
  flag,
  type InferOptions,
  integer,
  optional,
  parseAddressWithPort,
  type Report,
  type Token,
  text,
} from '@fingerpost/sdk'
import { type ComposeSpans, composeOtlp, composeZipkin } from './compose-spans.ts'

/** Where spans go, and in which form. */
export interface Receiver {
  readonly url: string
  readonly compose: ComposeSpans
}

const kinds = {
  zipkin: { port: 9411, path: '/api/v2/spans', compose: composeZipkin },
  otlp: { port: 4318, path: '/v1/traces', compose: composeOtlp },
} as const

const receiver = custom<Receiver>(readReceiver, { takes: '[zipkin|otlp] [ENDPOINT]' })

export const options = directive({
  args: receiver,
  block: {
    every: optional(integer(0), 1),
    service: optional(text, 'coredns'),
    client_server: flag,
    zipkin_max_backlog_size: optional(integer(1, 1_000_000), 1000),
    zipkin_max_batch_size: optional(integer(1, 10_000), 100),
    zipkin_max_batch_interval: optional(durationBetween({ minMs: 1 }), 1000),
  },
})

export type TraceOptions = InferOptions<typeof options>

function readReceiver(tokens: readonly Token[], report: Report): Receiver {
  const [first, ...others] = tokens
  if (first?.text === 'datadog') {
    throw report.error("Datadog's own protocol is not spoken here", first, {
      suggestion: 'have the agent take OTLP over HTTP, and write: trace otlp localhost:4318',
    })
  }
  const isKind = first !== undefined && Object.hasOwn(kinds, first.text)
  const kind = kinds[isKind ? (first.text as keyof typeof kinds) : 'zipkin']
  const [endpoint, extra] = isKind ? others : tokens
  if (extra !== undefined) throw report.error('expected one endpoint', extra)
  return { url: urlOf(endpoint, kind, report), compose: kind.compose }
}

function urlOf(
  endpoint: Token | undefined,
  { port, path }: (typeof kinds)[keyof typeof kinds],
  report: Report,
): string {
  if (endpoint === undefined) return `http://localhost:${port}${path}`
  if (/^https?:\/\//.test(endpoint.text)) {
    if (!URL.canParse(endpoint.text)) throw report.error('this is no URL', endpoint)
    const url = new URL(endpoint.text)
    return url.pathname === '/' ? new URL(path, url).href : url.href
  }
  const target = parseAddressWithPort(endpoint.text, port)
  if (target === undefined || target.host === '') {
    throw report.error('expected an address with or without a port, or a URL', endpoint)
  }
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return `http://${host}:${target.port}${path}`
}
