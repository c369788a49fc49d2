/** Corefiles: from text to directives, and from those to options. */

import { type ConfigError, type Plugin, parseOptions, type Random } from '@fingerpost/sdk'
import { formatDiagnostics } from '../../core/corefile/diagnostics.ts'
import { type Corefile, parseCorefile } from '../../core/corefile/parse.ts'
import { tableFiles } from '../../core/corefile/table-files.ts'
import { catalogue } from '../../plugins/index.ts'
import { COREFILES, DIRECTIVES } from './corefile-corpus.ts'
import { mutateText, pick } from './mutate.ts'
import { ensure, type Target } from './target.ts'

const BITS = [
  ...[
    '{',
    '}',
    '"',
    '\\',
    '\\"',
    '#',
    '\n',
    ' ',
    '\t',
    ',',
    ':',
    '/',
    '.',
    '(',
    ')',
    '-',
    '%',
    '\r',
  ],
  ...['{$LOOP}', '{$ZONE}', '{%ZONE%}', 'import loop\n', 'import extra/*\n', 'import s\n', '()'],
  ...[
    '\0',
    '\ud800',
    '\ufeff',
    '\u00a0',
    '10.0.0.0/9',
    'tls://',
    '.:53',
    '}\n}\n',
    ' {\n',
    '{{ . }}',
  ],
  ...['0', '-1', '1s', '1e9', '99999999999', '10%', '::1', '[::1]:53', '*', '?', '(?:', '[', '+'],
]
const FILES = tableFiles({
  '/etc/extra/a.conf': 'a.test {\n import common\n import ../loop\n}\n',
  '/etc/loop': 'import loop\n(x) {\nimport x\n}\nimport x',
})
const names = catalogue.map(({ name }) => name)

/** Files as people and programs mangle them; text has to be right in very few of them. */
export const corefileTarget: Target = {
  name: 'corefiles',
  input: 'text',
  share: 100,
  prepare: (random) => ({
    next: () => encode(mutateText(random, pick(random, COREFILES), BITS, COREFILES)),
    check: (input) => checkErrors(parse(new TextDecoder().decode(input))),
  }),
}

/** Directives in a sound file, so that most of them reach the option schema of their plugin. */
export const optionTarget: Target = {
  name: 'options',
  input: 'text',
  share: 100,
  async prepare(random: Random) {
    const plugins = new Map<string, Plugin>()
    for (const { name, load } of catalogue) plugins.set(name, await load())
    return {
      next: () => encode(mutateText(random, pick(random, DIRECTIVES), BITS, DIRECTIVES)),
      check(input) {
        const corefile = parse(`. {\n${new TextDecoder().decode(input)}\n}\n`)
        checkErrors(corefile)
        for (const { directives } of corefile.blocks) {
          for (const directive of directives) {
            const plugin = plugins.get(directive.name)
            if (plugin === undefined) continue
            const { errors } = parseOptions(plugin.options, directive)
            if (errors === undefined) continue
            ensure(errors.length > 0, `${directive.name} is refused without a reason`)
            checkPlaces(errors)
          }
        }
      },
    }
  },
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function parse(text: string): Corefile {
  return parseCorefile(text, {
    path: '/etc/Corefile',
    files: FILES,
    environment: { ZONE: 'b.test', LOOP: '{$LOOP}{$LOOP}' },
    isDirective: (name) => names.includes(name),
    directiveNames: names,
  })
}

function checkErrors({ errors, warnings }: Corefile): void {
  checkPlaces(errors)
  checkPlaces(warnings)
}

/** Every mistake is at a place that exists, and can be shown. */
function checkPlaces(errors: readonly ConfigError[]): void {
  for (const error of errors) {
    ensure(error.name === 'ConfigError', `${error.name} is no mistake of a user: ${error.stack}`)
    const { at } = error
    ensure(error.message !== '', 'a mistake without words')
    if (at === undefined) continue
    const line = at.source.lines[at.line - 1]
    ensure(line !== undefined, `line ${at.line} does not exist`)
    ensure(at.column >= 1 && at.column <= line.length + 1, `column ${at.column} does not exist`)
  }
  const shown = formatDiagnostics(errors)
  ensure((shown === '') === (errors.length === 0), 'mistakes are not shown')
}
