import { Type } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { makeAdmin, testClient } from './test-admin.ts'
import { testSource } from './test-source.ts'

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('the admin address', () => {
  it.each([
    ['/health', 'OK'],
    ['/ready', 'OK'],
    ['/metrics', 'a 1\n'],
  ])('serves %s', async (path, body) => {
    const response = await makeAdmin().ask(path)
    expect([response.status, await response.text()]).toEqual([200, body])
  })

  it('says who is not ready', async () => {
    const { ask, source } = makeAdmin()
    source.unreadyNames = ['kubernetes']
    const response = await ask('/ready')
    expect([response.status, await response.text()]).toEqual([503, 'kubernetes'])
    const ending = await makeAdmin({ isEnding: true }).ask('/ready')
    expect([ending.status, await ending.text()]).toEqual([503, 'Shutting down'])
  })

  it('shows the status, the configuration and the plugins as the process has them', async () => {
    const { ask, source } = makeAdmin()
    expect(await (await ask('/status')).json()).toEqual(source.status())
    expect(await (await ask('/config')).json()).toEqual(source.config())
    expect(await (await ask('/plugins')).json()).toEqual({ plugins: source.plugins() })
  })

  it('gives the configuration as text to those who want text', async () => {
    const { ask, source } = makeAdmin()
    for (const response of [
      await ask('/config?format=text'),
      await ask('/config', { headers: { accept: 'text/plain' } }),
    ]) {
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
      expect(await response.text()).toBe(source.config().text)
    }
  })

  it('lets nothing be kept or guessed at', async () => {
    const { headers } = await makeAdmin().ask('/status')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('hides what a fault of its own is, and logs it', async () => {
    const source = testSource()
    source.status = () => {
      throw new Error('secret')
    }
    const { ask, lines } = makeAdmin({ source })
    const response = await ask('/status')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch('secret')
    expect(lines[0]).toMatch(/^\[ERROR\] admin: Error: secret/)
  })
})

describe('a reload', () => {
  it.each([
    [{ outcome: 'taken', changes: ['+ a'] }, 200, { reloaded: true, changes: ['+ a'] }],
    [{ outcome: 'unchanged' }, 200, { reloaded: false, reason: 'unchanged' }],
    [
      { outcome: 'refused', reason: 'no', diagnostics: [] },
      422,
      { reloaded: false, diagnostics: [], error: { code: 'reload-refused', message: 'no' } },
    ],
  ] as const)('that is %j is answered with %i', async (outcome, status, body) => {
    const { ask, source } = makeAdmin()
    source.reloadOutcome = outcome
    const response = await ask('/reload', { method: 'POST' })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(body)
  })
})

describe('caches', () => {
  it('are listed, with entries up to the limit', async () => {
    const { ask, source } = makeAdmin()
    const response = await ask('/cache?name=WWW.example.org&type=AAAA&limit=1')
    const { caches } = (await response.json()) as { caches: { entries: unknown[] }[] }
    expect(caches).toHaveLength(2)
    expect(caches.map(({ entries }) => entries.length)).toEqual([1, 0])
    const [[filter, limit] = [], ...others] = source.listed
    expect(`${filter?.name}`).toBe('WWW.example.org.')
    expect([filter?.isSubtree, filter?.type, limit, others]).toEqual([false, Type.AAAA, 1, []])
  })

  it.each([
    [{ flush: 'all' }, { name: undefined, isSubtree: false, type: undefined }],
    [
      { flush: 'subtree', name: 'Example.org' },
      { name: 'Example.org.', isSubtree: true },
    ],
    [
      { flush: 'name', name: 'a.test.' },
      { name: 'a.test.', isSubtree: false, type: undefined },
    ],
    [
      { flush: 'name', name: 'a.test', type: 'MX' },
      { name: 'a.test.', type: Type.MX },
    ],
  ])('forget what %j says', async (body, filter) => {
    const { ask, source } = makeAdmin()
    const response = await ask('/cache', json(body))
    expect(await response.json()).toEqual({ flushed: 6 })
    const flushed = source.flushed.map(({ name, ...rest }) => ({ ...rest, name: name?.toString() }))
    expect(flushed).toMatchObject([filter])
  })

  it.each([
    ['an unknown kind', json({ flush: 'everything' }), 400],
    ['no name', json({ flush: 'name' }), 400],
    ['a name that is none', json({ flush: 'name', name: 'a..b' }), 400],
    ['more than is known', json({ flush: 'all', name: 'a.test' }), 400],
    ['no object', json(['all']), 400],
    ['no JSON', { ...json(''), body: '{' }, 400],
    ['a form', { ...json(''), headers: { 'content-type': 'text/plain' } }, 415],
    ['too much', json({ flush: 'all', x: 'x'.repeat(2000) }), 413],
  ])('are not flushed by %s', async (_, init, status) => {
    const { ask, source } = makeAdmin()
    expect((await ask('/cache', init)).status).toBe(status)
    expect(source.flushed).toEqual([])
  })
})

describe('an explanation', () => {
  it('is given for a name and a type', async () => {
    const { ask, source } = makeAdmin()
    const response = await ask('/explain?name=www.example.org&type=AAAA')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ steps: [{ plugin: 'whoami' }] })
    const [name, ...rest] = source.explained[0] ?? []
    expect(name?.toString()).toBe('www.example.org.')
    expect(rest).toEqual([Type.AAAA, testClient])
    await ask('/explain?name=www.example.org')
    expect(source.explained[1]?.[1]).toBe(Type.A)
  })
})

describe('what a client may not send', () => {
  it.each([
    ['/explain', 400, 'bad-input'],
    ['/explain?name=', 400, 'bad-input'],
    ['/explain?name=a..b', 400, 'bad-input'],
    [`/explain?name=${'a.'.repeat(600)}`, 400, 'bad-input'],
    ['/explain?name=a.test&type=NOSUCH', 400, 'bad-input'],
    ['/explain?name=a.test&type=70000', 400, 'bad-input'],
    ['/explain?name=a.test&type=AXFR', 400, 'bad-input'],
    ['/cache?limit=0', 400, 'bad-input'],
    ['/cache?limit=1001', 400, 'bad-input'],
    ['/cache?limit=ten', 400, 'bad-input'],
    ['/cache?subtree=1', 400, 'bad-input'],
    ['/dns-query', 400, 'bad-input'],
    ['/dns-query?name=a.test&do=maybe', 400, 'bad-input'],
    ['/dns-query?name=a.test&type=IXFR', 400, 'bad-input'],
    ['/dns-query?dns=', 400, 'bad-message'],
    ['/dns-query?dns=AAAA', 400, 'bad-message'],
    ['/dns-query?dns=A+AA', 400, 'bad-message'],
    ['/reload', 405, 'method-not-allowed'],
    ['/nothing', 404, 'not-found'],
    ['/status/more', 404, 'not-found'],
  ])('%s is refused with %i', async (path, status, code) => {
    const response = await makeAdmin().ask(path)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) } })
  })

  it('names every part that is wrong', async () => {
    const response = await makeAdmin().ask('/explain?name=a..b&type=NOSUCH')
    expect(await response.json()).toEqual({
      error: {
        code: 'bad-input',
        message: 'name: this is not a domain name; type: this is not a type of records',
      },
    })
  })

  it.each(['/status', '/config', '/plugins', '/explain', '/metrics', '/health'])(
    'POST %s is refused, and what is possible is said',
    async (path) => {
      const response = await makeAdmin().ask(path, { method: 'POST' })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD')
    },
  )
})
