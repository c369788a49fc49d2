import { describe, expect, it } from 'vitest'
import { describeChanges } from './config-diff.ts'
import { formatCorefile, hashCorefile } from './config-text.ts'
import { type Corefile, parseCorefile } from './corefile/parse.ts'
import { tableFiles } from './corefile/table-files.ts'

const read = (text: string, files: Record<string, string> = {}): Corefile =>
  parseCorefile(text, {
    path: '/etc/Corefile',
    files: tableFiles(files),
    environment: { UP: '192.0.2.1' },
    isDirective: () => true,
    directiveNames: [],
  })

const base = '. {\n  errors\n  cache 30 {\n    success 10\n  }\n  forward . 192.0.2.1\n}\n'

describe('hashCorefile', () => {
  it.each([
    [
      'comments and blank lines',
      '# hello\n\n. {\n errors # x\n cache 30 {\n success 10\n}\n forward . 192.0.2.1\n}',
    ],
    ['quotes that are not needed', base.replace('cache 30', '"cache" "30"')],
    ['variables', base.replace('192.0.2.1', '{$UP}')],
  ])('is the same with other %s', (_, text) => {
    expect(hashCorefile(read(text))).toBe(hashCorefile(read(base)))
  })

  it('is the same whether text is imported or not', () => {
    const files = { '/etc/part': 'errors\ncache 30 {\n success 10\n}' }
    const text = '. {\nimport part\nforward . 192.0.2.1\n}'
    expect(hashCorefile(read(text, files))).toBe(hashCorefile(read(base)))
  })

  it.each([
    ['an argument', base.replace('30', '31')],
    ['an option', base.replace('success 10', 'success 11')],
    ['a zone', base.replace('. {', 'org {')],
    ['a word that needs quotes', base.replace('192.0.2.1', '"192.0.2.1 192.0.2.2"')],
  ])('differs with %s', (_, text) => {
    expect(hashCorefile(read(text))).not.toBe(hashCorefile(read(base)))
  })
})

describe('formatCorefile', () => {
  it('reads back as the same configuration', () => {
    const text = '. a.test:53 {\n template IN TXT {\n answer "{{ .Name }} TXT \\"a # b\\""\n }\n}'
    const once = formatCorefile(read(text))
    expect(formatCorefile(read(once))).toBe(once)
  })
})

describe('describeChanges', () => {
  const changes = (before: string, after: string): string[] =>
    describeChanges(read(before).blocks, read(after).blocks)

  it('names blocks that come and go', () => {
    expect(changes(base, base.replace('. {', 'org {'))).toEqual([
      'removed block dns://.',
      'added block dns://org.',
    ])
  })

  it('names directives that come, go and change', () => {
    const after = '. {\n  log\n  cache 60 {\n    success 10\n  }\n  forward . 192.0.2.1\n}\n'
    expect(changes(base, after)).toEqual([
      'dns://.: removed errors',
      'dns://.: added log',
      'dns://.: changed cache (-cache 30 {, +cache 60 {)',
    ])
  })

  it('says nothing when nothing changed', () => {
    expect(changes(base, `# x\n${base}`)).toEqual([])
  })
})
