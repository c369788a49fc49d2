import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { diskFiles } from './files.ts'
import { parseCorefile } from './parse.ts'

it('reads imports of a mounted ConfigMap from a disk, links and all', () => {
  const dir = mkdtempSync(join(tmpdir(), 'corefile-'))
  try {
    mkdirSync(join(dir, 'custom/..2024'), { recursive: true })
    writeFileSync(join(dir, 'custom/..2024/a.server'), '\ufeffa.test {\n  import ../body\n}\n')
    symlinkSync('..2024', join(dir, 'custom/..data'))
    symlinkSync('..data/a.server', join(dir, 'custom/a.server'))
    symlinkSync('nowhere', join(dir, 'custom/broken'))
    writeFileSync(join(dir, 'body'), 'whoami\n')
    const { blocks, errors, files, directories } = parseCorefile('import custom/*', {
      path: join(dir, 'Corefile'),
      files: diskFiles,
      environment: {},
      isDirective: (name) => name === 'whoami',
      directiveNames: [],
    })
    expect(errors).toEqual([])
    expect(blocks.map((block) => block.directives.map((d) => d.name))).toEqual([['whoami']])
    expect(files).toEqual(['Corefile', 'custom/a.server', 'body'].map((name) => join(dir, name)))
    expect(directories).toEqual([join(dir, 'custom')])
  } finally {
    rmSync(dir, { recursive: true })
  }
})

it('takes what is no regular file for missing', () => {
  expect(['/dev/zero', '/nonexistent', '/'].map((path) => diskFiles.kind(path))).toEqual([
    'missing',
    'missing',
    'directory',
  ])
})
