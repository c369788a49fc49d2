import { expect, it } from 'vitest'
import { formatDiagnostics } from './diagnostics.ts'
import { parseCorefile } from './parse.ts'
import { tableFiles } from './table-files.ts'

const valid = [
  '(common) {',
  '    errors # all of them',
  '}',
  'import extra/*.conf',
  'tls://a.test:853, 10.0.0.0/23',
  '{',
  '    import common',
  '    cache 30 {$ZONE} {',
  '        success 10 "20"',
  '    }',
  '    template IN TXT {',
  '        answer "{{ .Name }} 60 IN TXT \\"a { b }\\""',
  '    }',
  '}',
  '',
].join('\n')

const files = tableFiles({
  '/etc/extra/a.conf': 'a.test {\n import common\n import ../loop\n}\n',
  '/etc/loop': 'import loop\n(x) {\nimport x\n}\nimport x',
})

function errorCount(text: string): number {
  const { errors, warnings } = parseCorefile(text, {
    path: '/etc/Corefile',
    files,
    environment: { ZONE: 'b.test', LOOP: '{$LOOP}{$LOOP}' },
    isDirective: (name) => ['errors', 'cache', 'template'].includes(name),
    directiveNames: ['errors'],
  })
  formatDiagnostics(errors)
  formatDiagnostics(warnings, 'warning')
  return errors.length
}

it('gives errors and never throws for a valid file cut short anywhere', () => {
  for (let size = 0; size <= valid.length; size++) errorCount(valid.slice(0, size))
})

it('gives errors and never throws for mutated files', () => {
  const bits = [
    '{',
    '}',
    '"',
    '\\',
    '#',
    '\n',
    ' ',
    ',',
    ':',
    '{$LOOP}',
    'import loop\n',
    '()',
    '\0',
    '\ud800',
  ]
  let seed = 1
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let round = 0; round < 1000; round++) {
    let text = valid
    for (let count = random(6); count >= 0; count--) {
      const at = random(text.length)
      text = text.slice(0, at) + bits[random(bits.length)] + text.slice(at + random(8))
    }
    errorCount(text)
  }
})

const many = 100_000
const multiplying = Array.from(
  { length: 30 },
  (_, i) => `(s${i}) {\nimport s${i + 1}\nimport s${i + 1}\n}\n`,
)

it.each([
  ['opening braces', '{ '.repeat(many)],
  ['nested blocks', `. {\n${'cache {\n'.repeat(many)}`],
  ['glued comments', `. {\n${'a#b '.repeat(many)}`],
  ['glued braces', 'a{ '.repeat(many)],
  ['carriage returns after a quote', `"${'\r'.repeat(many)}x`],
  ['address blocks', '10.0.0.0/25 '.repeat(many)],
  ['imports', `. {\n${'import none\n'.repeat(many)}`],
  ['multiplying snippets', `${multiplying.join('')}(s30) {\ncache\n}\n. {\nimport s0\n}`],
  ['variables', `. {\n${'{$A}'.repeat(many)}\n}`],
  ['a variable that grows', '{$LOOP}'],
  ['one long word', ':'.repeat(many)],
  ['a long word with backslashes', '\\'.repeat(many)],
])('has done with %s', (_, text) => {
  expect(errorCount(text)).toBeGreaterThan(0)
})
