import { describe, expect, it } from 'vitest'
import { directivesOf, formatLeft, select } from './selection.ts'

describe('the directives of a configuration', () => {
  it.each([
    ['in a server block', { corefile: ['. {', '    whoami', '}'] }, ['whoami']],
    ['in two', { corefile: 'a {\n any\n}\nb {\n log\n}' }, ['any', 'log']],
    [
      'with a block of their own',
      { corefile: '. {\n cache {\n  ttl 5\n }\n log\n}' },
      ['cache', 'log'],
    ],
    ['after a brace on its own line', { corefile: '.\n{\n any # not: log\n #log\n}' }, ['any']],
    ['in quotes', { corefile: '. {\n "any"\n}' }, ['any']],
    [
      'with arguments that hold braces',
      { corefile: '. {\n log "{x}" {$Y}\n any\n}' },
      ['any', 'log'],
    ],
  ])('are found %s', (_, configuration, directives) => {
    expect([...directivesOf(configuration)].sort()).toEqual(directives)
  })

  it('are found in files that are imported, whole blocks or bodies', () => {
    const files = { blocks: 'a {\n any\n}', body: ['log'] }
    const found = directivesOf({ corefile: ['import blocks', '. {', ' import body', '}'], files })
    expect([...found]).toEqual(expect.arrayContaining(['any', 'log']))
    expect(directivesOf({ corefile: ['. {', ' any', '}'], files })).toEqual(new Set(['any']))
  })
})

describe('selecting recordings', () => {
  const item = (directive: string) => ({ name: directive, corefile: `. {\n ${directive}\n}` })
  const items = ['whoami', 'kubernetes', 'frobnicate', 'file'].map(item)

  it('leaves out those with directives of CoreDNS that are not there, and says which', () => {
    const selection = select(items, new Set(['whoami']))
    expect(selection.selected.map(({ name }) => name)).toEqual(['whoami', 'frobnicate'])
    expect(formatLeft(selection, ({ name }) => name)).toBe(
      '2 of 4 left out:\n  1 need file: file\n  1 need kubernetes: kubernetes',
    )
  })

  it('leaves out those that need something else', () => {
    const selection = select(items, undefined, ({ name }) =>
      name === 'file' ? 'a disk' : undefined,
    )
    expect(selection.left).toEqual([{ item: item('file'), reason: 'a disk' }])
  })
})
