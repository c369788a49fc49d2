/** Requests that can't be served, as JSON: `{"error":{"code":"bad-input","message":"…"}}`. */

import type { Context, Env, Handler, Hono, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** What is wrong with a request. The list is closed: add here, document, test. */
export type HttpFaultCode =
  | 'bad-input'
  | 'bad-message'
  | 'body-too-large'
  | 'busy'
  | 'cross-site'
  | 'host-not-allowed'
  | 'internal'
  | 'method-not-allowed'
  | 'no-response'
  | 'not-available'
  | 'not-found'
  | 'reload-refused'
  | 'token-missing'
  | 'token-needed'
  | 'token-wrong'
  | 'unsupported-type'

/** Thrown where a request can't be served. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault'
  readonly status: ContentfulStatusCode
  readonly code: HttpFaultCode
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: HttpFaultCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** The body that tells of a fault. */
export function faultBody(code: string, message: string): string {
  return `${JSON.stringify({ error: { code, message } })}\n`
}

/** Turns what handlers throw into responses; `onInternal` hears of faults of our own. */
export function answerFaults<E extends Env>(
  app: Hono<E>,
  onInternal: (error: unknown) => void,
): void {
  const answer = (c: Context, { status, code, message, headers }: HttpFault): Response =>
    c.body(faultBody(code, message), status, { ...headers, 'content-type': 'application/json' })
  app.notFound((c) => answer(c, new HttpFault(404, 'not-found', `there is no ${c.req.path}`)))
  app.onError((error, c) => {
    if (error instanceof HttpFault) return answer(c, error)
    // A client that went away while it was sending.
    if (c.req.raw.signal.aborted || isAborted(error)) return c.body(null, 400)
    onInternal(error)
    return answer(c, new HttpFault(500, 'internal', 'the request failed; the log says why'))
  })
}

/** Text as a response. Bun names no type of its own accord. */
export function plainText(c: Context, text: string, status: ContentfulStatusCode = 200): Response {
  return c.body(text, status, { 'content-type': 'text/plain; charset=utf-8' })
}

/** The handlers of one path by method; other methods are refused (RFC 9110 15.5.6). */
export function route<E extends Env>(
  app: Hono<E>,
  path: string,
  handlers: { readonly GET?: Handler<E>; readonly POST?: Handler<E> },
): void {
  const methods = Object.keys(handlers)
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler)
  if (methods.includes('GET')) methods.push('HEAD')
  const allow = methods.sort().join(', ')
  app.all(path, (c) => {
    throw new HttpFault(405, 'method-not-allowed', `${c.req.path} takes ${allow}`, { allow })
  })
}

/** Refuses requests that say they have a larger body; see {@link readBody} for those that don't. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    // The parser takes no more than was said, and refuses what is no number.
    if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw bodyTooLarge(maxBytes)
    await next()
  }
}

/**
 * The body of a request.
 * @throws HttpFault when it is larger
 */
export async function readBody(c: Context, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of c.req.raw.body ?? []) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw bodyTooLarge(maxBytes)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function bodyTooLarge(maxBytes: number): HttpFault {
  return new HttpFault(413, 'body-too-large', `a body may have ${maxBytes} octets here`)
}

function isAborted(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return code === 'ECONNRESET' || name === 'AbortError'
}
