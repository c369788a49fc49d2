// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates have them.

/** Templates: what they say is refused with its place, or gives a text of bounded length. */

import type { Random } from '@fingerpost/sdk'
import { Name } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { compileTemplate } from '../../plugins/template/compile.ts'
import { TemplateFault } from '../../plugins/template/lexer.ts'
import { MAX_TEXT_LENGTH } from '../../plugins/template/printf.ts'
import type { TemplateData } from '../../plugins/template/value.ts'
import { mutateText, pick } from './mutate.ts'
import { ensure, type Target } from './target.ts'

const BITS = [
  ...['{{', '}}', '{{-', ' -}}', '{{/*', '*/}}', '"', '`', '\\', '(', ')', '|', ',', ' ', '.'],
  ...['$x', '$x := ', '$x = ', '$', '.Match', '.Group', '.Var', '.Message', '.Question', '.Meta'],
  ...['if ', 'else', 'end', 'range ', 'with ', 'index ', 'printf ', 'parseInt ', 'eq ', 'and '],
  ...['"%s%1000d%q%x%v"', '-1', '0x7f', '9007199254740991', '{{ end }}', '{{ range .Match }}'],
]
const PIECES = [
  '{{ .Name }} 60 IN A {{ .Group.a }}.{{ index .Match 1 }}',
  '{{ if eq .Type "A" }}a{{ else if and .Class (not .Zone) }}b{{ else }}c{{ end }}',
  '{{ range $i, $m := .Match }}{{ $i }}{{ $m }}{{ . }}{{ else }}-{{ end }}',
  '{{ with $y := .Var.map }}{{ range . }}{{ $y }}{{ end }}{{ end }}',
  '{{ $x := .Name }}{{ range $.Match }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ len $x }}',
  '{{ range $.Match }}{{ range $.Match }}{{ range $.Match }}{{ print . 1 2 }}{{ end }}{{ end }}{{ end }}',
  '{{ printf "%08x|%-5s|%.3q|%v" (parseInt .Group.n 10 32) .Zone .Regex .Match }}',
  '{{ .Meta "a/b" | printf "%q" }}{{/* note */}}{{- (index .Message.Question 0).Qtype -}}',
  '{{ lt 1 2 }}{{ le .Name "b" }}{{ ne .Var.n 5 }}{{ or .Group.none .Var.list }}',
]

/** The templates of *template*. */
export const templateTarget: Target = {
  name: 'templates',
  input: 'text',
  share: 100,
  prepare: (random) => ({
    next: () => new TextEncoder().encode(nextTemplate(random)),
    check: checkTemplate,
  }),
}

function nextTemplate(random: Random): string {
  const pieces = Array.from({ length: 1 + random.below(4) }, () => pick(random, PIECES))
  return mutateText(random, pieces.join(''), BITS, PIECES)
}

const data: TemplateData = {
  name: Name.parseText('a-12.example.org'),
  zone: 'example.org.',
  qclass: 1,
  qtype: 1,
  match: ['a-12', 'a', '12', '', 'x'],
  group: { 0: 'a-12', 1: 'a', 2: '12', a: 'a', n: '12' },
  regexp: '(?P<a>.)-(?P<n>.*)',
  query: makeQuery('A-12.example.org', 'A'),
  variables: { n: 5, list: ['a', 'b', 3], map: { y: 2, x: 'one' }, nothing: null },
}

function checkTemplate(input: Uint8Array): void {
  const source = new TextDecoder().decode(input)
  const template = compileTemplate(source)
  if (template instanceof TemplateFault) {
    const { start, end, reason } = template
    ensure(start >= 0 && end >= start && end <= source.length, `'${reason}' says no place`)
    ensure(reason !== '', 'no reason is given')
    return
  }
  const text = template.execute(data)
  if (typeof text !== 'string') {
    ensure(text.reason !== '', 'no reason is given')
    return
  }
  ensure(text.length <= MAX_TEXT_LENGTH, `${text.length} characters`)
  ensure(template.execute(data) === text, 'the same template gives another text')
}
