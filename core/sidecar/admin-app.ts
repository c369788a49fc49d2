/**
 * The admin address: what operators and tools look into and may change (DESIGN section 6).
 * Responses are JSON; so are faults, see `http-fault.ts`.
 */

import type { CacheFilter, Logger } from '@fingerpost/sdk'
import { type Context, Hono } from 'hono'
import { type AdminAccess, guard } from './admin-guard.ts'
import type { AdminSource, ClientView } from './admin-source.ts'
import { addDnsQuery } from './dns-query.ts'
import { addEndpoints } from './endpoint-app.ts'
import { answerFaults, HttpFault, limitBody, plainText, readBody, route } from './http-fault.ts'
import { MAX_BODY_BYTES } from './http-limits.ts'
import { cacheInput, explainInput, flushInput, isQuestionType, read } from './input.ts'
import type { Readiness } from './readiness.ts'

/** What the application works with. */
export interface AdminParts {
  readonly source: AdminSource
  readonly access: AdminAccess
  readonly log: Logger
  /** Whether the process was told to end. */
  isEnding(): boolean
  /** What *ready* waits for now. */
  readiness(): Pick<Readiness, 'waiting'>
}

interface AdminEnv {
  readonly Bindings: { readonly client: ClientView }
}
type AdminContext = Context<AdminEnv>

/** Makes the application. */
export function adminApp(parts: AdminParts): Hono<AdminEnv> {
  const { source, log } = parts
  const app = new Hono<AdminEnv>()
  answerFaults(app, (error) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.error(`admin: ${text}`)
  })
  app.use(guard(parts.access))
  app.use(async (c, next) => {
    await next()
    c.header('x-content-type-options', 'nosniff')
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  addDnsQuery(app, source, clientOf)
  app.use(limitBody(MAX_BODY_BYTES))
  addEndpoints(app, {
    hasHealth: true,
    readiness: { waiting: () => parts.readiness().waiting() },
    hasMetrics: true,
    source,
    isEnding: parts.isEnding,
    log,
  })
  route(app, '/status', { GET: (c) => c.json(source.status()) })
  route(app, '/config', { GET: (c) => config(c, source) })
  route(app, '/plugins', { GET: async (c) => c.json({ plugins: await source.plugins() }) })
  route(app, '/reload', { POST: (c) => reload(c, source, log) })
  route(app, '/cache', { GET: (c) => listCache(c, source), POST: (c) => flushCache(c, parts) })
  route(app, '/explain', { GET: (c) => explain(c, source) })
  return app
}

function clientOf(c: AdminContext): ClientView {
  return c.env.client
}

/** As text for those who ask for text: it can be saved and used as a Corefile. */
function config(c: AdminContext, source: AdminSource): Response {
  const view = source.config()
  const wantsText =
    c.req.query('format') === 'text' || /^text\/plain\b/.test(c.req.header('accept') ?? '')
  return wantsText ? plainText(c, view.text) : c.json(view)
}

async function reload(c: AdminContext, source: AdminSource, log: Logger): Promise<Response> {
  log.info(`Reload asked for by ${clientOf(c).address}`)
  const result = await source.reload()
  if (result.outcome === 'taken') return c.json({ reloaded: true, changes: result.changes })
  if (result.outcome === 'unchanged') return c.json({ reloaded: false, reason: 'unchanged' })
  const { reason, diagnostics } = result
  const error = { code: 'reload-refused', message: reason }
  return c.json({ reloaded: false, error, diagnostics }, 422)
}

async function listCache(c: AdminContext, source: AdminSource): Promise<Response> {
  const { name, type, subtree, limit } = read(cacheInput, c.req.query())
  if (subtree && name === undefined) {
    throw new HttpFault(400, 'bad-input', 'name: a subtree needs the name at its top')
  }
  const filter: CacheFilter = { name, isSubtree: subtree, type }
  return c.json({ caches: await source.caches(filter, limit) })
}

async function flushCache(c: AdminContext, { source, log }: AdminParts): Promise<Response> {
  const input = read(flushInput, await readJson(c))
  const name = input.flush === 'all' ? undefined : input.name
  const filter: CacheFilter = {
    name,
    isSubtree: input.flush === 'subtree',
    type: input.flush === 'name' ? input.type : undefined,
  }
  const flushed = await source.flush(filter)
  const what = name === undefined ? 'all' : `${input.flush} ${name}`
  log.info(`Cache flushed (${what}) by ${clientOf(c).address}: ${flushed} entries`)
  return c.json({ flushed })
}

async function explain(c: AdminContext, source: AdminSource): Promise<Response> {
  const { name, type } = read(explainInput, c.req.query())
  if (!isQuestionType(type)) {
    throw new HttpFault(400, 'bad-input', 'type: this can not be asked for here')
  }
  return c.json(await source.explain(name, type, clientOf(c)))
}

/** A form on a page can't send this type without the browser asking first. */
async function readJson(c: AdminContext): Promise<unknown> {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new HttpFault(415, 'unsupported-type', 'send a body of type application/json')
  }
  const octets = await readBody(c, MAX_BODY_BYTES)
  try {
    return JSON.parse(new TextDecoder().decode(octets))
  } catch {
    throw new HttpFault(400, 'bad-input', 'the body is not JSON')
  }
}
