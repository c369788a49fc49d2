import { describe, expect, it } from 'vitest'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd } from './server-process.ts'

const good = '.:1053 {\n    cache\n    hosts {\n        192.0.2.1 a.test\n    }\n}\n'
const doubtful = '.:1053 {\n    forward . 192.0.2.1\n    whoami\n}\n'
const bad = '.:1053 {\n    import parts\n}\n'
const parts = 'cache 0\nforwrad . 192.0.2.1\n'

describe.each(programs)('$name', (program) => {
  it.each([
    ['nothing wrong', { Corefile: good }, 0, /^Corefile: 0 errors, 0 warnings\n$/],
    [
      'a doubt',
      { Corefile: doubtful },
      0,
      /^Corefile:3:5: warning: [\s\S]*\nCorefile: 0 errors, 1 warning\n$/,
    ],
    [
      'mistakes',
      { Corefile: bad, parts },
      1,
      /parts:1:7: error: [\s\S]*parts:2:1: error: [\s\S]*2 errors, 0 warnings\n$/,
    ],
  ])('check tells of %s', async (_, files, code, said) => {
    const end = await runToEnd(program, { cwd: scratch(files), args: ['check'] })
    expect(end.stdout).toMatch(said)
    expect(end.stderr).toBe('')
    expect(end.code).toBe(code)
  })

  it('check --json tells programs', async () => {
    const cwd = scratch({ bad, parts, doubtful })
    const [wrong, doubt] = await Promise.all([
      runToEnd(program, { cwd, args: ['check', 'bad', '--json'] }),
      runToEnd(program, { cwd, args: ['check', '--json', 'doubtful'] }),
    ])
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      ok: false,
      findings: [
        { severity: 'error', line: 1, column: 7, importedFrom: [{ file: 'bad', line: 2 }] },
        { code: 'unknown-directive', line: 2, suggestion: "did you mean 'forward'?" },
      ],
    })
    expect(wrong.code).toBe(1)
    expect(JSON.parse(doubt.stdout)).toMatchObject({
      ok: true,
      findings: [{ severity: 'warning', file: 'doubtful', line: 3, column: 5 }],
    })
    expect(doubt.code).toBe(0)
  })

  it('check ends with 2 when it can not tell', async () => {
    const cwd = scratch()
    const ends = await Promise.all([
      runToEnd(program, { cwd, args: ['check', 'missing'] }),
      runToEnd(program, { cwd, args: ['check', 'one', 'two'] }),
      runToEnd(program, { cwd, args: ['check', '-bogus'] }),
    ])
    expect(ends.map(({ code }) => code)).toEqual([2, 2, 2])
    expect(ends[0]?.stderr).toMatch(/missing: there is no such file/)
  })

  it('explain answers from the file, without a server', async () => {
    const cwd = scratch({ Corefile: good })
    const [text, json, wrong] = await Promise.all([
      runToEnd(program, { cwd, args: ['explain', 'a.test'] }),
      runToEnd(program, { cwd, args: ['explain', 'a.test', 'AAAA', '--json'] }),
      runToEnd(program, { cwd, args: ['explain', 'a.test', 'NOTYPE'] }),
    ])
    expect(text.stdout).toMatch(/^a\.test\. IN A\n {2}block +dns:\/\/\.:1053 /)
    expect(text.stdout).toMatch(
      /cache +asked on[\s\S]*hosts +answered[\s\S]*NOERROR[\s\S]*192\.0\.2\.1/,
    )
    expect(text.code).toBe(0)
    expect(JSON.parse(json.stdout)).toMatchObject({
      question: 'a.test. IN AAAA',
      steps: [{ plugin: 'cache' }, { plugin: 'hosts', outcome: 'answered' }],
      answer: { rcode: 'NOERROR', answer: [] },
    })
    expect(wrong.stderr).toMatch(/^fingerpost: explain takes a name and a type/)
    expect(wrong.code).toBe(1)
  })

  it('explain shows what is wrong with the file', async () => {
    const cwd = scratch({ bad, parts })
    const { code, stdout, stderr } = await runToEnd(program, {
      cwd,
      args: ['explain', '-conf', 'bad', 'a.test'],
    })
    expect(stderr).toMatch(/parts:2:1: error: /)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('plugins lists the chain for people and for programs', async () => {
    const cwd = scratch()
    const [text, json] = await Promise.all([
      runToEnd(program, { cwd, args: ['plugins'] }),
      runToEnd(program, { cwd, args: ['plugins', '--json'] }),
    ])
    const names = text.stdout.trimEnd().split('\n')
    expect(names.indexOf('dns.cache')).toBeLessThan(names.indexOf('dns.forward'))
    const order: { name: string; version: string }[] = JSON.parse(json.stdout)
    expect(order.map(({ name }) => `dns.${name}`)).toEqual(names)
    expect(order[0]).toMatchObject({ version: 'built-in' })
  })
})
