import { Name } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { compileTemplate } from './compile.ts'
import { TemplateFault } from './lexer.ts'
import { type TemplateData, TemplateFailure } from './value.ts'

const data: TemplateData = {
  name: Name.parseText('www.example.org'),
  zone: 'example.org.',
  qclass: 1,
  qtype: 28,
  match: ['www.example', 'www', 'example'],
  group: { 0: 'www.example', 1: 'www', 2: 'example', host: 'www' },
  regexp: '(?P<host>.*)\\.(.*)',
  query: makeQuery('WWW.example.org', 'AAAA', { id: 7, client: '192.0.2.7' }),
  variables: { n: 5, list: ['a', 'b'], map: { y: 2, x: 'one' } },
}

function execute(source: string): string | TemplateFailure {
  const template = compileTemplate(source)
  if (template instanceof TemplateFault) throw new Error(template.reason)
  return template.execute(data)
}

describe('templates', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ .Name }} {{.Zone}}', 'www.example.org. example.org.'],
    ['{{ .Class }} {{ .Type }}', 'IN AAAA'],
    ['{{ .Remote }} {{ .Message.Id }}', '192.0.2.7 7'],
    ['{{ .Question.Name }} {{ .Question.Qtype }} {{ .Question.Qclass }}', 'WWW.example.org. 28 1'],
    ['{{ (index .Message.Question 0).Qtype }} {{ .Message.Opcode }}', '28 0'],
    ['{{ .Group.host }}-{{ .Group.none }}', 'www-<no value>'],
    ['{{ index .Match 1 }}.{{ index .Match 2 }}', 'www.example'],
    ['{{ index .Group "host" }}{{ index .Group "none" }}{{ index .Group `1` }}', 'wwwwww'],
    ['{{ index .Group "constructor" }}{{ .Group.constructor }}', '<no value>'],
    ['{{ .Match }} {{ .Regex }}', '[www.example www example] (?P<host>.*)\\.(.*)'],
    ['{{ .Meta "a/b" }}|{{ print ($.Meta "c") "x" }}', '|x'],
    ['a {{- .Type }} b {{ .Class -}} c {{- "" -}} d', 'aAAAA b INcd'],
    ['a{{/* note }} */}}b {{- /* note */ -}} c', 'abc'],
    ['{{ "}}" }}} }} {', '}}} }} {'],
    ['{{ "a\\tb\\"\\x41\\u00e9" }}', 'a\tb"Aé'],
    ['{{ -1 }} {{ 0x1f }} {{ true }}', '-1 31 true'],
    [
      '{{ .Var.n }} {{ .Var.list }} {{ .Var.map }} {{ .Var.none }}',
      '5 [a b] map[x:one y:2] <no value>',
    ],
  ])('%j gives %j', (source, text) => expect(execute(source)).toBe(text))
})

describe('variables, pipelines and functions', () => {
  it.each([
    ['{{ $x := .Group.host }}{{ $x }}.', 'www.'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}', '2'],
    ['{{ .Group.host | printf "%s-%s" "a" }}', 'a-www'],
    ['{{ index .Match 1 | len | printf "%03d" }}', '003'],
    [
      '{{ printf "%5s|%-5s|%.2s|%q|%v" "a" "b" "abc" "d\\"" .Match }}',
      '    a|b    |ab|"d\\""|[www.example www example]',
    ],
    ['{{ printf "%x %X %x %d%% %t" "az" 255 255 -3 true }}', '617a FF ff -3% true'],
    ['{{ printf "%d %s" "a" }} {{ printf "a" 1 }}', '%!d(string=a) %!s(MISSING) a%!(EXTRA int=1)'],
    ['{{ parseInt "ff" 16 8 }} {{ parseInt "0x10" 0 64 }} {{ parseInt "010" 10 16 }}', '255 16 10'],
    ['{{ print 1 2 "a" 3 }} {{ len "é" }} {{ len .Var.map }}', '1 2a3 2 2'],
    ['{{ eq 1 2 1 }} {{ ne .Class "IN" }} {{ lt 1 2 }} {{ le "b" "a" }}', 'true false true false'],
    ['{{ gt 2 1 }} {{ ge 1 2 }} {{ not "" }} {{ eq .Group.none "" }}', 'true false true false'],
    ['{{ and 1 "" 2 }}|{{ or "" "a" "b" }}|{{ or true (index .Match 9) }}', '|a|true'],
  ])('%j gives %j', (source, text) => expect(execute(source)).toBe(text))
})

describe('blocks', () => {
  it.each([
    ['{{ if eq .Type "A" }}a{{ else if eq .Type "AAAA" }}b{{ else }}c{{ end }}', 'b'],
    ['{{ if .Group.none }}a{{ end }}{{ if not .Group.none }}b{{ end }}', 'b'],
    ['{{ if $x := .Group.host }}{{ $x }}{{ end }}', 'www'],
    ['{{ range .Match }}<{{ . }}{{ $.Class }}>{{ end }}', '<www.exampleIN><wwwIN><exampleIN>'],
    ['{{ range $i, $m := .Match }}{{ $i }}{{ $m }},{{ end }}', '0www.example,1www,2example,'],
    ['{{ range $k, $v := .Var.map }}{{ $k }}={{ $v }};{{ end }}', 'x=one;y=2;'],
    ['{{ range .Var.none }}a{{ else }}none {{ .Class }}{{ end }}', 'none IN'],
    ['{{ with .Question }}{{ .Name }}{{ end }}{{ .Name }}', 'WWW.example.org.www.example.org.'],
    ['{{ with .Var.none }}a{{ else }}{{ .Type }}{{ end }}', 'AAAA'],
    ['{{ with $x := "v" }}{{ $x }}{{ . }}{{ end }}', 'vv'],
  ])('%j gives %j', (source, text) => expect(execute(source)).toBe(text))
})

describe('templates that give no text', () => {
  const loop = '{{ range $v := $.Var.list }}'
  const doubled = '{{ $x = printf "%s%s" $x $x }}'
  it.each([
    ['{{ .Nosuch }}', 'no field .Nosuch'],
    ['{{ .Name.x }}', 'no field .x in string'],
    ['{{ index .Match 3 }}', 'no element 3'],
    ['{{ eq 1 "a" }}', "int and string can't be compared"],
    ['{{ lt .Match 1 }}', "can't be compared"],
    ['{{ parseInt "300" 10 8 }}', 'out of range'],
    ['{{ parseInt "x" 10 8 }}', 'is no number'],
    ['{{ range 5 }}{{ end }}', "range can't go over int"],
    ['{{ printf "%z" 1 }}', 'no verb %z'],
    ['{{ printf "%9999s" 1 }}', 'fills up to 1000'],
    ['{{ print .Question }}', 'only its fields'],
    [`{{ $x := "aaaaaaaa" }}${doubled.repeat(20)}`, 'longer than|takes too long'],
    [`${loop.repeat(20)}${'{{ end }}'.repeat(20)}`, 'takes too long'],
  ])('%j', (source, reason) => {
    const failure = execute(source)
    expect(failure).toBeInstanceOf(TemplateFailure)
    expect((failure as TemplateFailure).reason).toMatch(new RegExp(reason))
  })

  it('knows beforehand which fields there are not', () => {
    const source = '{{ .A }}{{ $.B }}{{ with .Match }}{{ .C }}{{ end }}{{ .Type }}'
    expect(compileTemplate(source)).toMatchObject({ unknownFields: ['.A', '.B'] })
  })
})

describe('mistakes', () => {
  it.each([
    ['a {{ .Name', 'an action is not closed', 2, 10],
    ['a {{ }}', 'an action is empty', 5, 7],
    ['{{ nosuch 1 }}', "no function 'nosuch'", 3, 9],
    ['{{ html .Name }}', "'html' is not to be had", 3, 7],
    ['{{ define "x" }}', "'define' is not to be had", 3, 9],
    ['{{ .Name }} {{ if .Zone }}', "'if' has no end", 15, 17],
    ['{{ if .Zone }}{{ else }}', "'if' has no end", 3, 5],
    ['{{ if }}{{ end }}', 'a value is missing', 6, 8],
    ['x{{ end }}', "'end' without", 4, 7],
    ['{{ if 1 }}{{ else }}{{ else }}{{ end }}', "'else' can't be here", 23, 27],
    ['{{ .Name | printf }}{{ .Name | .Zone }}', 'only functions take values', 31, 36],
    ['{{ .Name 1 }}', 'only functions take values', 9, 10],
    ['{{ not }}', 'not takes 1 values, not 0', 3, 6],
    ['{{ $x }}', 'no variable $x', 3, 5],
    ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', 'no variable $x', 38, 40],
    ['{{ .Group.1 }}', "'1' has no meaning|can't be here|only functions", 9, 10],
    ['{{ 1.5 }}', "can't be here", 4, 5],
    ['{{ 017 }}', 'no integer', 3, 6],
    ['{{ "a }}', 'a text is not closed', 3, 8],
    ['{{ "\\z" }}', 'no escape', 4, 6],
    ['{{ .Question }}', 'only fields of .Question', 3, 13],
    ['{{ .Message.Answer }}', 'has no Answer here', 3, 18],
    ['{{ index .Match "a" }}', 'index of .Match is a number', 3, 8],
    ['{{ index .Group 1 }}', 'index of .Group is a text', 3, 8],
    ['{{ % }}', "'%' has no meaning", 3, 4],
    ['{{ (.Name }}', 'missing|be here', 10, 12],
    [`{{ ${'('.repeat(60)}1`, 'not closed', 0, 64],
    [`{{ ${'('.repeat(51)}1 }}`, 'more than 50', 53, 54],
  ])('refuses %j', (source, reason, start, end) => {
    const fault = compileTemplate(source)
    expect(fault).toBeInstanceOf(TemplateFault)
    expect(fault).toMatchObject({ reason: expect.stringMatching(reason.replace('$', '\\$')) })
    expect([(fault as TemplateFault).start, (fault as TemplateFault).end]).toEqual([start, end])
  })

  it('finds them in every template cut short', () => {
    const source =
      '{{ if eq .Type "A" }}{{ range $i, $m := .Match }}{{ printf "%d" $i }}{{ end }}{{ end }}'
    for (let end = 1; end < source.length; end++) {
      expect(compileTemplate(source.slice(0, end)), source.slice(0, end)).toSatisfy(
        (result: object) => end < 2 || result instanceof TemplateFault,
      )
    }
  })
})
