import { expect, it } from 'vitest'
import { globFiles, isPattern, patternProblem } from './glob.ts'
import { tableFiles } from './table-files.ts'

const files = tableFiles({
  '/etc/Corefile': '',
  '/etc/extra/b.conf': '',
  '/etc/extra/a.conf': '',
  '/etc/extra/.hidden.conf': '',
  '/etc/extra/a+conf': '',
  '/etc/extra/ab.txt': '',
  '/etc/other/b.conf': '',
})

it.each([
  ['/etc/extra/*.conf', ['/etc/extra/.hidden.conf', '/etc/extra/a.conf', '/etc/extra/b.conf']],
  ['/etc/extra/?.conf', ['/etc/extra/a.conf', '/etc/extra/b.conf']],
  ['/etc/*/b.conf', ['/etc/extra/b.conf', '/etc/other/b.conf']],
  ['/etc/e*/?.conf', ['/etc/extra/a.conf', '/etc/extra/b.conf']],
  ['/etc/ex*', ['/etc/extra']],
  ['/etc/*/none', []],
  ['/none/*', []],
])('finds the paths that match %s, sorted', (pattern, paths) => {
  expect(globFiles(pattern, files).paths).toEqual(paths)
})

it('names the directories that decide what matches', () => {
  expect(globFiles('/etc/extra/*.conf', files).directories).toEqual(['/etc/extra'])
  expect(globFiles('/none/*', files).directories).toEqual(['/none'])
})

it('allows one star and one question mark', () => {
  expect(['a*', 'a?', 'a/b'].map(isPattern)).toEqual([true, true, false])
  expect(['*/?', '*/*', '??', '[a]'].map(patternProblem)).toEqual([
    undefined,
    `a pattern may contain only one '*'`,
    `a pattern may contain only one '?'`,
    `a pattern may not contain '['`,
  ])
})
