import { describe, expect, it } from 'vitest'
import { formatDiagnostics } from './diagnostics.ts'
import type { Corefile } from './parse.ts'
import { parseCorefile } from './parse.ts'
import { tableFiles } from './table-files.ts'

const directiveNames = ['whoami', 'cache', 'hosts', 'errors', 'log']

function parse(
  lines: readonly string[],
  table: Record<string, readonly string[]> = {},
  environment = {},
): Corefile {
  const entries = Object.entries(table).map(([path, text]) => [path, text.join('\n')])
  return parseCorefile(lines.join('\n'), {
    path: '/etc/Corefile',
    files: tableFiles({ '/etc/Corefile': '', ...Object.fromEntries(entries) }),
    environment,
    isDirective: (name) => directiveNames.includes(name),
    directiveNames,
  })
}

function blocksOf(corefile: Corefile): string[] {
  return corefile.blocks.map(({ keys, directives }) => {
    const words = directives.flatMap(({ name, occurrences }) =>
      occurrences.map(({ block }) => [name, ...(block ?? []).map((s) => s.keyword.text)].join('/')),
    )
    return `${keys.map((key) => key.text).join(' ')}: ${words.join(' ')}`
  })
}

function errorsOf({ errors }: Corefile): string[] {
  return errors.map(({ at, message }) => `${at?.source.path}:${at?.line} ${message}`)
}

describe('snippets', () => {
  const cases: [description: string, lines: string[], blocks: string[]][] = [
    [
      'in a block',
      ['(s) {', 'errors', 'log', '}', '. {', 'import s', 'whoami', '}'],
      ['.: errors log whoami'],
    ],
    ['twice', ['(s) {', 'log', '}', '. {', 'import s', 'import s', '}'], ['.: log log']],
    [
      'in a directive',
      ['(s) {', 'ttl 5', '}', '. {', 'hosts {', 'import s', 'a', '}', '}'],
      ['.: hosts/ttl/a'],
    ],
    [
      'in a snippet, defined later',
      ['(a) {', 'import b', 'log', '}', '(b) {', 'errors', '}', '. {', 'import a', '}'],
      ['.: errors log'],
    ],
    [
      'as whole blocks',
      ['(s) {', 'a.test {', 'log', '}', '}', 'import s', '. {', '}'],
      ['a.test: log', '.: '],
    ],
    [
      'as keys',
      ['(k) {', 'a.test b.test', '}', 'import k', '{', 'log', '}'],
      ['a.test b.test: log'],
    ],
    ['with an empty name', ['() {', 'log', '}', '. {', '}'], ['.: ']],
    ['that are empty', ['(s) {', '}', '. {', 'import s', '}'], ['.: ']],
    [
      'with blocks in them',
      ['(s) {', 'cache {', 'x', '}', '}', '. {', 'import s', '}'],
      ['.: cache/x'],
    ],
  ]
  it.each(cases)('are imported %s', (_, lines, blocks) => {
    const corefile = parse(lines)
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual(blocks)
  })

  it('may not be declared twice', () => {
    const corefile = parse(['(common) {', '}', 'import extra'], {
      '/etc/extra': ['(common) {', '}'],
    })
    expect(formatDiagnostics(corefile.errors)).toBe(
      [
        `/etc/extra:1:1: error: redeclaration of the snippet 'common'`,
        '    1 | (common) {',
        '      | ^^^^^^^^',
        '  = help: it was declared at /etc/Corefile:1:1; choose another name',
        '  imported at /etc/Corefile:3:8',
        '',
      ].join('\n'),
    )
  })

  it('need a block', () => {
    const corefile = parse(['(s)', '  whoami', '. {', '  import s', '}'])
    expect(errorsOf(corefile)).toEqual([`/etc/Corefile:1 the snippet 's' needs a '{ }' block`])
  })

  it('may not import themselves', () => {
    const corefile = parse([
      '(a) {',
      'import b',
      '}',
      '(b) {',
      'import a',
      '}',
      '. {',
      'import a',
      '}',
    ])
    expect(errorsOf(corefile)).toEqual([`/etc/Corefile:5 the snippet 'a' imports itself`])
  })

  it('report a mistake once, however often they are imported', () => {
    const corefile = parse([
      '(s) {',
      'nosuch',
      '}',
      '. {',
      'import s',
      '}',
      'a.test {',
      'import s',
      '}',
    ])
    expect(errorsOf(corefile)).toEqual([`/etc/Corefile:2 unknown directive 'nosuch'`])
  })
})

describe('files', () => {
  const table = {
    '/etc/common': ['(common) {', 'errors', '}'],
    '/etc/body': ['whoami', 'log'],
    '/etc/closing': ['whoami', '}'],
    '/etc/empty': [''],
    '/etc/extra/b.conf': ['b.test {', 'import common', '}'],
    '/etc/extra/a.conf': ['\ufeffa.test {', 'import ../body', '}'],
    '/etc/extra/sub/x': ['x'],
  }

  it.each([
    ['in a block', ['. {', 'import body', '}'], ['.: whoami log']],
    ['by an absolute path', ['. {', 'import /etc/body', '}'], ['.: whoami log']],
    [
      'at the top',
      ['import empty', 'import extra/a.conf', '. {', '}'],
      ['a.test: whoami log', '.: '],
    ],
    [
      'by a pattern, sorted',
      ['import common', 'import extra/*.conf'],
      ['a.test: whoami log', 'b.test: errors'],
    ],
    ['by a variable', ['. {', 'import {$FILE}', '}'], ['.: whoami log']],
    ['with a brace that ends the block', ['. {', 'import closing', '}'], ['.: whoami']],
    ['by a pattern without a match', ['. {', 'import nothing/*', 'log', '}'], ['.: log']],
    [
      'by a pattern, directories left out',
      ['import common', 'import extra/*'],
      ['a.test: whoami log', 'b.test: errors'],
    ],
  ])('are imported %s', (_, lines, blocks) => {
    const corefile = parse(lines, table, { FILE: 'body' })
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual(blocks)
  })

  it('are listed for watching, with the directories of patterns', () => {
    const corefile = parse(['import common', 'import extra/*.conf', 'import gone'], table)
    expect(corefile.files).toEqual([
      '/etc/Corefile',
      '/etc/common',
      '/etc/extra/a.conf',
      '/etc/extra/b.conf',
      '/etc/body',
      '/etc/gone',
    ])
    expect(corefile.directories).toEqual(['/etc/extra'])
  })

  it.each([
    [
      ['import gone'],
      `no snippet and no file is called 'gone'`,
      'files are looked for beside /etc/Corefile',
    ],
    [['import comon'], `no snippet and no file is called 'comon'`, `did you mean 'common'?`],
    [
      ['import extra/a.cnf'],
      `no snippet and no file is called 'extra/a.cnf'`,
      `did you mean 'extra/a.conf'?`,
    ],
    [['import extra'], `'extra' is a directory`, undefined],
    [['import */*'], `a pattern may contain only one '*': */*`, undefined],
    [
      ['import'],
      'import needs one argument: the name of a snippet, a file or a pattern',
      undefined,
    ],
    [['import body x'], `import takes only one argument, but 'x' follows it`, undefined],
    [['import ""'], 'import needs a non-empty path', undefined],
    [
      ['import "a\0b"'],
      `no snippet and no file is called 'a\0b'`,
      'files are looked for beside /etc/Corefile',
    ],
  ])('are missed: %j', (lines, message, suggestion) => {
    const [error] = parse(['. {', ...lines, '}'], table).errors
    expect([error?.message, error?.suggestion]).toEqual([message, suggestion])
  })

  it('suggest the snippet that was probably meant, or that is declared too late', () => {
    const near = parse(['(common) {', '}', '. {', 'import comon', '}'])
    expect(near.errors[0]?.suggestion).toBe(`did you mean the snippet 'common'?`)
    const late = parse(['. {', 'import common', '}', '(common) {', '}'])
    expect(late.errors[0]?.suggestion).toMatch(/declared later, at \/etc\/Corefile:4/)
  })

  it('show the way to a mistake', () => {
    const { errors } = parse(['import one'], {
      '/etc/one': ['', 'import two'],
      '/etc/two': ['. {', ' nosuch', '}'],
    })
    expect(formatDiagnostics(errors)).toBe(
      [
        `/etc/two:2:2: error: unknown directive 'nosuch'`,
        '    2 |  nosuch',
        '      |  ^^^^^^',
        '  imported at /etc/one:2:8',
        '  imported at /etc/Corefile:1:8',
        '',
      ].join('\n'),
    )
  })

  it('may not import themselves for ever', () => {
    const corefile = parse(['import one'], {
      '/etc/one': ['import two'],
      '/etc/two': ['import one', 'import one'],
    })
    expect(errorsOf(corefile)).toEqual([`/etc/two:1 the file '/etc/one' imports itself`])
  })

  it('may import themselves if a snippet they declare ends it', () => {
    const corefile = parse(['import one'], {
      '/etc/one': ['import two'],
      '/etc/two': ['(two) {', 'a.test', '}', 'import one'],
    })
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual(['a.test: '])
  })

  it('that cannot be read are an error', () => {
    const { errors } = parseCorefile('import secret', {
      path: '/etc/Corefile',
      files: {
        read() {
          throw new Error('permission denied')
        },
        list: () => [],
        kind: () => 'file',
      },
      environment: {},
      isDirective: () => true,
      directiveNames: [],
    })
    expect(errors.map((error) => error.message)).toEqual([
      `could not read '/etc/secret': permission denied`,
    ])
  })
})

describe('snippets of another text', () => {
  const base = parse(['(common) {', 'errors', 'import more', '}', '(more) {', 'cache', '}'])
  const after = (lines: readonly string[]): Corefile =>
    parseCorefile(lines.join('\n'), {
      path: '/extra/Corefile',
      files: tableFiles({}),
      environment: {},
      isDirective: (name) => directiveNames.includes(name),
      directiveNames,
      given: { snippets: base.snippets, reserved: new Set(['common', 'kept']) },
    })

  it('can be imported, and point to where they were declared', () => {
    const corefile = after(['a.test {', 'import common', 'whoami', '}'])
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual(['a.test: errors cache whoami'])
    expect(corefile.blocks[0]?.directives[0]?.occurrences[0]?.keyword).toMatchObject({
      source: { path: '/etc/Corefile' },
      line: 2,
      via: { source: { path: '/extra/Corefile' }, line: 2 },
    })
  })

  it('can not be declared again, and a reserved name not at all', () => {
    const { errors } = after(['(common) {', 'log', '}', '(kept) {', 'log', '}', '(own) {', '}'])
    expect(formatDiagnostics(errors)).toContain(
      [
        "/extra/Corefile:1:1: error: redeclaration of the snippet 'common'",
        '    1 | (common) {',
        '      | ^^^^^^^^',
        '  = help: it was declared at /etc/Corefile:1:1; choose another name',
      ].join('\n'),
    )
    expect(errors.map(({ message }) => message)).toEqual([
      "redeclaration of the snippet 'common'",
      "the snippet 'kept' is reserved: only the base may declare it",
    ])
  })

  it('are not changed by what declares more', () => {
    expect(errorsOf(after(['(own) {', 'log', '}']))).toEqual([])
    expect([...base.snippets.keys()]).toEqual(['common', 'more'])
  })
})
