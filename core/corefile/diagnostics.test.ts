import { ConfigError } from '@fingerpost/sdk'
import { expect, it } from 'vitest'
import { formatDiagnostics } from './diagnostics.ts'
import { lex, sourceFile } from './lexer.ts'

function tokens(text: string, path = 'Corefile') {
  return lex(sourceFile(path, text), text).words
}

it('shows place, line, underline, help and the import trail', () => {
  const via = { ...tokens('x\n  import b', '/etc/a')[2]!, via: tokens('import a')[1]! }
  const at = { ...tokens('.:53 {\n\n\tforwrad . "1.1.1.1"\n}')[2]!, via }
  const error = new ConfigError('unknown-directive', `unknown directive 'forwrad'`, {
    at,
    suggestion: `did you mean 'forward'?`,
  })
  expect(formatDiagnostics([error])).toBe(
    [
      `Corefile:3:2: error: unknown directive 'forwrad'`,
      '    3 | \tforwrad . "1.1.1.1"',
      '      | \t^^^^^^^',
      `  = help: did you mean 'forward'?`,
      '  imported at /etc/a:2:10',
      '  imported at Corefile:1:8',
      '',
    ].join('\n'),
  )
})

it('shows an error without a place by its message', () => {
  expect(formatDiagnostics([new ConfigError('file', 'no Corefile')], 'warning')).toBe(
    'warning: no Corefile\n',
  )
})

it('cuts long lines around the word', () => {
  const at = tokens(`${'x '.repeat(500)}here ${'y '.repeat(500)}`)[500]!
  const [, line, underline] = formatDiagnostics([new ConfigError('syntax', 'm', { at })]).split(
    '\n',
  )
  expect(line!.length).toBeLessThan(140)
  expect(line!.slice(underline!.indexOf('^'), underline!.lastIndexOf('^') + 1)).toBe('here')
})

it('underlines a word that spans lines on its first line only', () => {
  const at = tokens('a "b\nc"')[1]!
  expect(formatDiagnostics([new ConfigError('syntax', 'm', { at })])).toContain('      |   ^^\n')
})

it('does not pass control characters on to a terminal', () => {
  const at = tokens('a\u001b[31m\u0007')[0]!
  const text = formatDiagnostics([new ConfigError('syntax', 'm\u001b[0m', { at })])
  expect(text).toBe('Corefile:1:1: error: m\ufffd[0m\n    1 | a\ufffd[31m\ufffd\n      | ^^^^^^^\n')
})

it('shortens a long import trail', () => {
  let via = tokens('a')[0]!
  for (let depth = 0; depth < 20; depth++) via = { ...via, via }
  const at = { ...tokens('b')[0]!, via }
  expect(formatDiagnostics([new ConfigError('import', 'm', { at })])).toMatch(
    /(imported at Corefile:1:1\n {2}){7}imported at Corefile:1:1\n {2}… and 13 imports further up\n$/,
  )
})
