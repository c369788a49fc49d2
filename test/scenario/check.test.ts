import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { checkConfiguration, checkToJson, formatCheck } from '../../core/commands/check.ts'
import type { Context } from '../../core/context.ts'
import { parseCorefile } from '../../core/corefile/parse.ts'
import { tableFiles } from '../../core/corefile/table-files.ts'
import { noExtras } from '../../core/extra/read-extras.ts'
import { Loader } from '../../core/loader.ts'
import { Log } from '../../core/log.ts'
import { Metrics } from '../../core/metrics.ts'
import { SocketPool } from '../../core/sockets.ts'
import { absent, catalogue } from '../../plugins/index.ts'

const loader = new Loader(catalogue, absent)
const files = tableFiles({ '/etc/part': 'forward . 192.0.2.1 {\n expire 10\n}\n' })

const check = (text: string) => {
  const { clock, random, network, files: fakeFiles } = fakeHost()
  const context: Context = {
    loader,
    log: new Log(() => {}),
    metrics: new Metrics(),
    clock,
    random,
    network,
    sockets: new SocketPool(() => expect.unreachable()),
    identity: { program: 'Fingerpost-1.2.3', hostname: 'host.test' },
    environment: {},
    files: () => fakeFiles,
    fatal: () => expect.unreachable(),
  }
  const corefile = parseCorefile(text, {
    path: '/etc/Corefile',
    files,
    environment: {},
    isDirective: (name) => loader.has(name) || loader.isAbsent(name),
    directiveNames: loader.names,
  })
  return checkConfiguration({ corefile, extras: noExtras }, context, 53)
}

describe('check', () => {
  it('finds nothing in a sound configuration', async () => {
    const result = await check('. {\n errors\n cache\n loop\n forward . 192.0.2.1\n}')
    expect(result).toEqual({ errors: [], warnings: [] })
    expect(formatCheck(result, 'Corefile')).toBe('Corefile: 0 errors, 0 warnings')
  })

  it('tells all mistakes at once, in the order of the file', async () => {
    const { errors } = await check('. {\n cache {\n  succes 1\n }\n forwrad . 1\n}\na:99999 {\n}\n')
    expect(errors.map(({ at }) => at?.line)).toEqual([3, 5, 7])
  })

  it.each([
    ['. {\n forward . 192.0.2.1\n whoami\n}', 'whoami is never asked', 3],
    ['. {\n hosts {\n fallthrough\n }\n}', 'fallthrough of hosts leads nowhere', 2],
    ['. {\n forward . 127.0.0.1\n}', 'this very server block', 2],
    ['. {\n bind 192.0.2.9\n forward . 192.0.2.9:53\n}', 'this very server block', 3],
    ['a.test {\n errors\n}', 'no plugin of this block answers', 1],
    ['a.test {\n bind 127.0.0.1\n whoami\n}\nb.test {\n whoami\n}', 'b.test', 1],
  ])('doubts %j', async (text, message, line) => {
    const { errors, warnings } = await check(text)
    expect(errors).toEqual([])
    expect(warnings.map((warning) => warning.message).join('\n')).toContain(message)
    expect(warnings.map(({ at }) => at?.line)).toContain(line)
  })

  it.each([
    '. {\n forward . 127.0.0.1:5353\n}',
    '. {\n hosts {\n fallthrough\n }\n forward . 192.0.2.1\n}',
    'a.test {\n forward b.test 192.0.2.1\n whoami\n}',
  ])('does not doubt %j', async (text) => {
    expect(await check(text)).toEqual({ errors: [], warnings: [] })
  })

  it('gives programs places and import trails', async () => {
    const json = checkToJson(await check('. {\n import part\n}'))
    expect(json).toMatchObject({
      ok: false,
      findings: [
        {
          severity: 'error',
          code: 'bad-value',
          file: '/etc/part',
          line: 2,
          column: 9,
          importedFrom: [{ file: '/etc/Corefile', line: 2 }],
        },
      ],
    })
  })
})
