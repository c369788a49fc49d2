/** The endpoints that directives open, with CoreDNS's paths, bodies and codes. */

import type { Logger } from '@fingerpost/sdk'
import { Hono } from 'hono'
import { EXPOSITION_TYPE } from '../exposition.ts'
import type { EndpointSource } from './admin-source.ts'
import { answerFaults, HttpFault, limitBody } from './http-fault.ts'
import { MAX_BODY_BYTES } from './http-limits.ts'
import type { Readiness } from './readiness.ts'

/** What is served at one address. */
export interface EndpointParts {
  readonly hasHealth: boolean
  /** Undefined where *ready* is not served. */
  readonly readiness: Readiness | undefined
  readonly hasMetrics: boolean
  readonly source: Pick<EndpointSource, 'metricsText'>
  /** Whether the process was told to end. */
  isEnding(): boolean
  readonly log: Logger
}

/** Makes the application of one address. */
export function endpointApp(parts: EndpointParts): Hono {
  const app = new Hono()
  answerFaults(app, (error) => parts.log.error(`HTTP: ${String(error)}`))
  // CoreDNS's words: whoever asks here may know them.
  app.notFound((c) => c.text('404 page not found\n', 404))
  app.use(limitBody(MAX_BODY_BYTES), async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const allow = 'GET, HEAD'
      throw new HttpFault(405, 'method-not-allowed', `${c.req.path} takes ${allow}`, { allow })
    }
    await next()
    c.header('cache-control', 'no-store')
  })
  addEndpoints(app, parts)
  return app
}

/** Adds the endpoints to an application. */
export function addEndpoints(
  app: Pick<Hono, 'get'>,
  { hasHealth, readiness, hasMetrics, source, isEnding, log }: EndpointParts,
): void {
  if (hasHealth) app.get('/health', (c) => c.text('OK'))
  if (readiness !== undefined) {
    app.get('/ready', (c) => {
      if (isEnding()) return c.text('Shutting down', 503)
      const waiting = readiness.waiting()
      if (waiting.length === 0) return c.text('OK')
      const names = waiting.join(',')
      log.info(`Plugins not ready: "${names}"`)
      return c.text(names, 503)
    })
  }
  if (hasMetrics) {
    app.get('/metrics', (c) => c.body(source.metricsText(), 200, { 'content-type': EXPOSITION_TYPE }))
  }
}
