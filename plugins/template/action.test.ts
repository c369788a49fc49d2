import { Name } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { compileTemplate, type TemplateData, TemplateFault } from './action.ts'

const data: TemplateData = {
  name: Name.parseText('www.example.org'),
  zone: 'example.org.',
  qclass: 1,
  qtype: 28,
  match: ['www.example', 'www', 'example'],
  group: { 0: 'www.example', 1: 'www', 2: 'example', host: 'www' },
  regexp: '(?P<host>.*)\\.(.*)',
  query: makeQuery('WWW.example.org', 'AAAA', { id: 7, client: '192.0.2.7' }),
}

describe('templates', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ .Name }} {{.Zone}}', 'www.example.org. example.org.'],
    ['{{ .Class }} {{ .Type }}', 'IN AAAA'],
    ['{{ .Remote }} {{ .Message.Id }}', '192.0.2.7 7'],
    ['{{ .Question.Name }} {{ .Question.Qtype }} {{ .Question.Qclass }}', 'WWW.example.org. 28 1'],
    ['{{ .Group.host }}-{{ .Group.none }}', 'www-<no value>'],
    ['{{ index .Match 1 }}.{{ index .Match 2 }}', 'www.example'],
    ['{{ index .Group "host" }}{{ index .Group "none" }}{{ index .Group `1` }}', 'wwwwww'],
    ['{{ .Match }} {{ .Regex }}', '[www.example www example] (?P<host>.*)\\.(.*)'],
    ['a {{- .Type }} b {{ .Class -}} c', 'aAAAA b INc'],
    ['a{{/* note */}}b', 'ab'],
    ['} }} {', '} }} {'],
  ])('%j gives %j', (source, text) => {
    const template = compileTemplate(source)
    expect(template).not.toBeInstanceOf(TemplateFault)
    expect((template as Exclude<typeof template, TemplateFault>).execute(data)).toBe(text)
  })

  it.each(['{{ .Nosuch }}', '{{ index .Match 3 }}'])('%j has no value', (source) => {
    const template = compileTemplate(source)
    expect((template as Exclude<typeof template, TemplateFault>).execute(data)).toBeUndefined()
  })

  it.each([
    ['a {{ .Name', 'an action is not closed', 2, 10],
    ['a {{ }}', 'an action is empty', 2, 7],
    ['{{ nosuchfunc }}', "no action 'nosuchfunc'", 0, 16],
    ['{{ .Name }} {{ if .Zone }}', "no action 'if .Zone'", 12, 26],
    ['{{ .Name | printf }}', 'no action', 0, 20],
    ['{{ .Meta "a/b" }}', 'no action', 0, 17],
    ['{{ .Var.x }}', 'no action', 0, 12],
    ['{{ .Group.1 }}', 'no action', 0, 14],
    ['{{ index .Match "a" }}', 'index of .Match is a number', 0, 22],
    ['{{ index .Group 1 }}', 'index of .Group is a text', 0, 20],
  ])('refuses %j', (source, reason, start, end) => {
    const fault = compileTemplate(source)
    expect(fault).toBeInstanceOf(TemplateFault)
    expect(fault).toMatchObject({ reason: expect.stringContaining(reason), start, end })
  })
})
