/**
 * The language of templates: text with actions in `{{ }}`, as in Go's text/template, so far as
 * an action is a field (`.Name`, `.Group.host`) or an `index` into the groups of the match.
 */

import { formatClass, formatType, type Name, type Query } from '@fingerpost/sdk'

/** What a template may speak of. */
export interface TemplateData {
  /** The name asked for, in lower case. */
  readonly name: Name
  /** The zone that the name was found in. */
  readonly zone: string
  readonly qclass: number
  readonly qtype: number
  /** The match of the expression, then its groups. */
  readonly match: readonly string[]
  readonly group: Readonly<Record<string, string | undefined>>
  readonly regexp: string
  readonly query: Query
}

/** A compiled template. */
export interface Template {
  readonly source: string
  /** Fields that do not exist: every execution fails. */
  readonly unknownFields: readonly string[]
  /** Gives the text; undefined when a field or group is missing that must be there. */
  execute(data: TemplateData): string | undefined
}

type Part = string | Action
type Action = (data: TemplateData) => string | undefined

/** What is wrong with a template, and where: offsets in code units. */
export class TemplateFault {
  readonly reason: string
  readonly start: number
  readonly end: number

  constructor(reason: string, start: number, end: number) {
    this.reason = reason
    this.start = start
    this.end = end
  }
}

/** Compiles a template. */
export function compileTemplate(source: string): Template | TemplateFault {
  const parts: Part[] = []
  const unknownFields: string[] = []
  let at = 0
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', at)) {
    let text = source.slice(at, open)
    const close = source.indexOf('}}', open)
    if (close < 0) return new TemplateFault('an action is not closed', open, source.length)
    let inner = source.slice(open + 2, close)
    // `{{- ` and ` -}}` take the white space before and after with them.
    if (/^-\s/.test(inner)) {
      inner = inner.slice(1)
      text = text.trimEnd()
    }
    at = close + 2
    if (/\s-$/.test(inner)) {
      inner = inner.slice(0, -1)
      at += /^\s*/.exec(source.slice(at))?.[0].length ?? 0
    }
    parts.push(text)
    const words = inner.trim()
    if (/^\/\*.*\*\/$/s.test(words)) continue
    const action = compileAction(words)
    if (typeof action === 'string') return new TemplateFault(action, open, close + 2)
    if (action === unknownField) unknownFields.push(words)
    parts.push(action)
  }
  parts.push(source.slice(at))
  return { source, unknownFields, execute: (data) => join(parts, data) }
}

function join(parts: readonly Part[], data: TemplateData): string | undefined {
  let text = ''
  for (const part of parts) {
    const piece = typeof part === 'string' ? part : part(data)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

// What Go prints for a key that a map does not have.
const NO_VALUE = '<no value>'

const FIELDS: Readonly<Record<string, Action>> = {
  '.Name': ({ name }) => name.toString(),
  '.Zone': ({ zone }) => zone,
  '.Class': ({ qclass }) => formatClass(qclass),
  '.Type': ({ qtype }) => formatType(qtype),
  '.Remote': ({ query }) => query.clientAddress,
  '.Regex': ({ regexp }) => regexp,
  '.Match': ({ match }) => `[${match.join(' ')}]`,
  '.Message.Id': ({ query }) => String(query.id),
  '.Question.Name': ({ query }) => query.qname.toString(),
  '.Question.Qtype': ({ query }) => String(query.qtype),
  '.Question.Qclass': ({ query }) => String(query.qclass),
}

// Fields that CoreDNS has and that need more of its language than there is here.
const ABSENT = /^\.(Message|Question|Group|Meta|Var)(\.|$)/

const unknownField: Action = () => undefined

/** Compiles what stands between the braces; a text says why that can't be done. */
function compileAction(words: string): Action | string {
  if (words === '') return 'an action is empty'
  const field = FIELDS[words]
  if (field !== undefined) return field
  const group = /^\.Group\.([A-Za-z_]\w*)$/.exec(words)?.[1]
  if (group !== undefined) return ({ group: groups }) => groups[group] ?? NO_VALUE
  const index = /^index\s+\.(Match|Group)\s+(\d+|"[^"\\]*"|`[^`]*`)$/.exec(words)
  if (index !== null) return compileIndex(index[1] as string, index[2] as string)
  if (/^\.[A-Za-z_]\w*$/.test(words) && !ABSENT.test(words)) return unknownField
  return `this version has no action '${words}': fields and index alone`
}

function compileIndex(list: string, key: string): Action | string {
  const isNumber = /^\d/.test(key)
  if (list === 'Match') {
    if (!isNumber) return `index of .Match is a number, not ${key}`
    return ({ match }) => match[Number(key)]
  }
  if (isNumber) return `index of .Group is a text, not ${key}: "${key}"`
  return ({ group }) => group[key.slice(1, -1)] ?? ''
}
