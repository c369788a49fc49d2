import { describe, expect, it } from 'vitest'
import { type AdminWorld, makeAdmin } from './test-admin.ts'

const TOKEN = 'correct-horse-battery'

describe('the guard', () => {
  const post: RequestInit = { method: 'POST' }
  const withHeaders = (headers: Record<string, string>): RequestInit => ({ ...post, headers })
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  it.each<[string, AdminWorld, string, RequestInit, number, string]>([
    ['needs no token on a loopback address', {}, '/reload', post, 200, ''],
    ['needs none on ::1', { address: '::1' }, '/reload', post, 200, ''],
    ['asks for one if there is one', { token: TOKEN }, '/reload', post, 401, 'token-missing'],
    ['but not to look', { token: TOKEN }, '/status', {}, 200, ''],
    ['needs one elsewhere', { address: '' }, '/reload', post, 403, 'token-needed'],
    ['even to look', { address: '192.0.2.1' }, '/status', {}, 403, 'token-needed'],
    ['even for paths that are not there', { address: '::' }, '/x', {}, 403, 'token-needed'],
    ['even for lookups', { address: '' }, '/dns-query?name=a.test', {}, 403, 'token-needed'],
    ['but not for probes', { address: '' }, '/health', {}, 200, ''],
    ['nor for scrapes', { address: '', token: TOKEN }, '/metrics', {}, 200, ''],
    ['misses a token', { address: '', token: TOKEN }, '/status', {}, 401, 'token-missing'],
    [
      'tells a wrong one',
      { address: '', token: TOKEN },
      '/status',
      { headers: bearer('correct-horse-batterz') },
      401,
      'token-wrong',
    ],
    [
      'tells a part of one',
      { address: '', token: TOKEN },
      '/status',
      { headers: bearer(TOKEN.slice(0, -1)) },
      401,
      'token-wrong',
    ],
    [
      'takes no password for a token',
      { address: '', token: TOKEN },
      '/status',
      { headers: { authorization: `Basic ${TOKEN}` } },
      401,
      'token-missing',
    ],
    [
      'takes the token',
      { address: '', token: TOKEN },
      '/reload',
      withHeaders(bearer(TOKEN)),
      200,
      '',
    ],
    [
      'refuses pages of other sites',
      {},
      '/reload',
      withHeaders({ 'sec-fetch-site': 'cross-site' }),
      403,
      'cross-site',
    ],
    [
      'refuses pages of other hosts of the site',
      {},
      '/reload',
      withHeaders({ 'sec-fetch-site': 'same-site' }),
      403,
      'cross-site',
    ],
    [
      'refuses other origins',
      {},
      '/reload',
      withHeaders({ origin: 'http://evil.test' }),
      403,
      'cross-site',
    ],
    [
      'refuses other ports',
      {},
      '/reload',
      withHeaders({ origin: 'http://localhost:80' }),
      403,
      'cross-site',
    ],
    ['refuses no origin', {}, '/reload', withHeaders({ origin: 'null' }), 403, 'cross-site'],
    [
      'refuses them with the token, too',
      { address: '', token: TOKEN },
      '/reload',
      withHeaders({ ...bearer(TOKEN), origin: 'http://evil.test' }),
      403,
      'cross-site',
    ],
    [
      'takes its own pages',
      {},
      '/reload',
      withHeaders({ origin: 'http://localhost:8053', 'sec-fetch-site': 'same-origin' }),
      200,
      '',
    ],
    [
      'refuses names that were pointed here',
      {},
      '/status',
      { headers: { host: 'evil.test:8053' } },
      403,
      'host-not-allowed',
    ],
    ['takes 127.0.0.2', {}, '/status', { headers: { host: '127.0.0.2:8053' } }, 200, ''],
    ['takes [::1]', {}, '/status', { headers: { host: '[::1]:8053' } }, 200, ''],
    [
      'takes any name elsewhere',
      { address: '', token: TOKEN },
      '/status',
      { headers: { ...bearer(TOKEN), host: 'dns.example.org' } },
      200,
      '',
    ],
  ])('%s', async (_, world, path, init, status, code) => {
    const { ask, source } = makeAdmin(world)
    const response = await ask(path, init)
    expect(response.status).toBe(status)
    if (code === '') return
    expect(await response.json()).toMatchObject({ error: { code } })
    expect(source.reloads).toBe(0)
  })
})
