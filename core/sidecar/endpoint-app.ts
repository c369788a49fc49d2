/** The endpoints that directives open, with CoreDNS's paths, bodies and codes. */

import type { Logger } from '@fingerpost/sdk'
import { type Context, type Env, Hono } from 'hono'
import { EXPOSITION_TYPE } from '../exposition.ts'
import type { EndpointSource } from './admin-source.ts'
import { answerFaults, limitBody, plainText, route } from './http-fault.ts'
import { MAX_BODY_BYTES } from './http-limits.ts'
import { addProfileEndpoints } from './profile-endpoints.ts'
import type { Readiness } from './readiness.ts'

/** What is served at one address. */
export interface EndpointParts {
  readonly hasHealth: boolean
  /** Undefined where *ready* is not served. */
  readonly readiness: Pick<Readiness, 'waiting'> | undefined
  readonly hasMetrics: boolean
  readonly hasProfiles?: boolean
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
  app.notFound((c) => plainText(c, '404 page not found\n', 404))
  app.use(limitBody(MAX_BODY_BYTES), async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  addEndpoints(app, parts)
  return app
}

/** Adds the endpoints to an application. */
export function addEndpoints<E extends Env>(
  app: Hono<E>,
  { hasHealth, readiness, hasMetrics, hasProfiles, source, isEnding, log }: EndpointParts,
): void {
  if (hasHealth) route(app, '/health', { GET: (c) => plainText(c, 'OK') })
  if (readiness !== undefined) {
    const ready = (c: Context<E>): Response => {
      if (isEnding()) return plainText(c, 'Shutting down', 503)
      const waiting = readiness.waiting()
      if (waiting.length === 0) return plainText(c, 'OK')
      const names = waiting.join(',')
      log.info(`Plugins not ready: "${names}"`)
      return plainText(c, names, 503)
    }
    route(app, '/ready', { GET: ready })
  }
  if (hasMetrics) {
    const headers = { 'content-type': EXPOSITION_TYPE }
    route(app, '/metrics', { GET: async (c) => c.body(await source.metricsText(), 200, headers) })
  }
  if (hasProfiles) addProfileEndpoints(app)
}
