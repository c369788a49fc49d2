/**
 * Who may do what at the admin address. On a loopback address everybody on the machine may do
 * everything, which makes the user's web browser the danger: pages of others can send requests
 * there. Bearer tokens: RFC 6750. Origin: RFC 6454 7. Sec-Fetch-Site: W3C Fetch Metadata.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { isLoopback } from './admin-address.ts'
import { HttpFault } from './http-fault.ts'

/** What the guard goes by. */
export interface AdminAccess {
  /** The address that is listened on. */
  readonly address: string
  /** The token as it is now; undefined without a token file. */
  token(): string | undefined
}

/** Refuses what a client may not do. */
export function guard(access: AdminAccess): MiddlewareHandler {
  const isLocal = isLoopback(access.address)
  return async (c, next) => {
    const { method, path } = c.req
    const isChange = method !== 'GET' && method !== 'HEAD'
    if (isLocal) refuseForeignHost(c.req.header('host'))
    if (isChange) refuseCrossSite(c.req.header())
    // A lookup changes nothing that a client of the server could not change.
    const isRestricted = isLocal ? isChange && path !== '/dns-query' : !openPaths.has(path)
    if (isRestricted) checkToken(c.req.header('authorization'), access.token(), isLocal)
    await next()
  }
}

/** What probes and scrapers ask for. */
const openPaths: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics'])

/** A page may give its own host name the address 127.0.0.1 (DNS rebinding); it can't name ours. */
function refuseForeignHost(host = ''): void {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (isLoopback(name)) return
  throw new HttpFault(403, 'host-not-allowed', 'ask for localhost or a loopback address')
}

/** Browsers say where a request that changes something comes from; other clients say nothing. */
function refuseCrossSite(headers: Readonly<Record<string, string>>): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  const isOwnOrigin = origin === undefined || hostOf(origin) === host?.toLowerCase()
  if (isOwnSite && isOwnOrigin) return
  throw new HttpFault(403, 'cross-site', 'pages of other sites may not ask for this')
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin)?.[1]?.toLowerCase()
}

function checkToken(
  authorization: string | undefined,
  token: string | undefined,
  isLocal: boolean,
): void {
  if (token === undefined) {
    if (isLocal) return
    throw new HttpFault(403, 'token-needed', 'off a loopback address this needs --admin-token-file')
  }
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (given === undefined) {
    const headers = { 'www-authenticate': 'Bearer' }
    throw new HttpFault(401, 'token-missing', 'this needs a bearer token', headers)
  }
  // Digests have one length, and take the same time to compare whatever is in them.
  if (timingSafeEqual(digest(given), digest(token))) return
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
  throw new HttpFault(401, 'token-wrong', 'this is not the token', headers)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
