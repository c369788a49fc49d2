/** Spans as their receivers take them: OTLP/HTTP in JSON, and Zipkin's version 2. */

import type { Span } from './span.ts'

/** Makes the body of a POST. */
export type ComposeSpans = (spans: readonly Span[], service: string) => string

const KIND_INTERNAL = 1
const KIND_SERVER = 2
const STATUS_ERROR = 2

/** OTLP 1.x in its JSON form: an `ExportTraceServiceRequest`. */
export const composeOtlp: ComposeSpans = (spans, service) =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': service }) },
        scopeSpans: [{ scope: { name: 'fingerpost' }, spans: spans.map(otlpSpan) }],
      },
    ],
  })

function otlpSpan(span: Span): object {
  const { traceId, spanId, parentId, name, startMs, durationMs, tags, hasFailed } = span
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    name,
    kind: parentId === undefined ? KIND_SERVER : KIND_INTERNAL,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(startMs + durationMs),
    attributes: attributesOf(tags),
    ...(hasFailed && { status: { code: STATUS_ERROR, message: tags.error } }),
  }
}

function attributesOf(tags: Readonly<Record<string, string>>): object[] {
  return Object.entries(tags).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

/** As text: a number of JavaScript has no room for nanoseconds since the epoch. */
function nanoseconds(timeMs: number): string {
  const whole = Math.floor(timeMs)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((timeMs - whole) * 1e6)))
}

/** Zipkin's API v2: a list of spans. */
export const composeZipkin: ComposeSpans = (spans, service) =>
  JSON.stringify(
    spans.map(({ traceId, spanId, parentId, name, startMs, durationMs, tags }) => ({
      traceId,
      id: spanId,
      ...(parentId !== undefined && { parentId }),
      name,
      ...(parentId === undefined && { kind: 'SERVER' }),
      timestamp: Math.floor(startMs * 1000),
      // Nothing is said by 0 there.
      duration: Math.max(1, Math.round(durationMs * 1000)),
      localEndpoint: { serviceName: service },
      tags,
    })),
  )
