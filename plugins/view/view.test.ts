import type { Query } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type QueryOptions,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import view from './index.ts'

async function accepts(
  expression: string,
  query: Query,
  host: FakeHost = fakeHost({ plugin: 'view' }),
): Promise<boolean | undefined> {
  const { handler } = await loadPlugin(view, `view v {\n expr ${expression}\n}`, { host })
  return handler.accepts?.(query)
}

describe('view', () => {
  const client: QueryOptions = {
    client: '10.1.2.3',
    clientPort: 4242,
    edns: { size: 4096, do: true },
  }
  it.each([
    ["incidr(client_ip(), '10.0.0.0/8')", true],
    ["incidr(client_ip(), 'fd00::/8')", false],
    ["name() == 'www.a.test.' and type() == 'A' and class() == 'IN'", true],
    ["name() matches '^special[.]'", false],
    ['do() and bufsize() >= 4000 and size() > 20', true],
    ["proto() == 'udp' and port() == '4242'", true],
    ['id() == 4711 and opcode() == 0', true],
    ["server_port() == '53' and server_ip() == '::'", true],
    ["metadata('geoip/country') == ''", true],
    ['1 == 2', false],
    ['name()', false],
  ])('takes a query by %s: %s', async (expression, isTaken) => {
    expect(await accepts(expression, makeQuery('WWW.a.test', 'A', client))).toBe(isTaken)
  })

  it('needs all of its expressions to hold', async () => {
    const corefile = "view v {\n expr type() == 'A'\n expr proto() == 'tcp'\n}"
    const { handler, host } = await loadPlugin(view, corefile)
    expect(handler.accepts?.(makeQuery('a.test', 'A'))).toBe(false)
    expect(handler.accepts?.(makeQuery('a.test', 'A', { transport: 'tcp' }))).toBe(true)
    expect(handler.accepts?.(makeQuery('a.test', 'MX', { transport: 'tcp' }))).toBe(false)
    expect(host.settings.viewName).toBe('v')
  })

  it('has labels collected before it looks at them', async () => {
    const asked: Query[] = []
    const offers = { metadata: { collectMetadata: (query: Query) => void asked.push(query) } }
    const host = fakeHost({ plugin: 'view', offers })
    await accepts("metadata('a/b') == 'c'", makeQuery('a.test'), host)
    await accepts("name() == 'c'", makeQuery('a.test'), host)
    expect(asked).toHaveLength(1)
  })

  it('takes no query that an expression fails for, and says so once', async () => {
    const corefile = "view v {\n expr incidr(name(), '10.0.0.0/8')\n}"
    const { handler, host } = await loadPlugin(view, corefile)
    expect(handler.accepts?.(makeQuery('a.test'))).toBe(false)
    expect(handler.accepts?.(makeQuery('b.test'))).toBe(false)
    expect(host.log.lines).toEqual([expect.stringMatching(/v is not chosen: .*no IP address/)])
  })

  it('warns of an expression that can not be true', async () => {
    const { host } = await loadPlugin(view, 'view v {\n expr name()\n}')
    expect(host.log.lines).toEqual([expect.stringMatching(/gives a string: it never holds/)])
  })

  it.each([
    ['type() == A', /unknown name A/, 'A'],
    ['nosuch()', /unknown name nosuch/, 'nosuch()'],
    ['1 +', /end of the expression/, '+'],
    ["incidr(client_ip(), '10.0.0.0')", /no network/, 'incidr(client_ip(),'],
    ['port() == 53', /string and a number/, '=='],
  ])('refuses %s at its place', async (expression, message, word) => {
    const loading = loadPlugin(view, `view v {\n expr ${expression}\n}`)
    const error = await loading.catch((reason) => reason.errors[0])
    expect(error.message).toMatch(message)
    expect(error.at?.text).toBe(word)
  })

  testOptions(
    view,
    [
      { text: 'view a {\n expr 1 == 1\n}', options: { args: ['a'] } },
      { text: 'view {\n expr 1 == 1\n}', error: /view|argument/ },
      { text: 'view a b {\n expr 1 == 1\n}', error: /one argument/, at: 'b' },
      { text: 'view a', error: /expr/ },
      { text: 'view a {\n expr\n}', error: /expression/ },
      { text: 'view a {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )

  lifeCycleSuite(view, 'view a {\n expr 1 == 1\n}', { it, query: 'example.org A' })
})
