/** The values that templates work on, and what they may ask of a query. */

import {
  type ExpressionValue,
  formatClass,
  formatType,
  type Name,
  type Query,
} from '@fingerpost/sdk'

/** A value; null is what a map does not have. */
export type Value = ExpressionValue | Struct | readonly Value[]

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
  readonly group: Readonly<Record<string, string>>
  readonly regexp: string
  readonly query: Query
  /** The values of `var`. */
  readonly variables: Readonly<Record<string, ExpressionValue>>
}

type Fields = Readonly<Record<string, (data: TemplateData) => Value>>

/** Named values of which the names are known beforehand. */
export class Struct {
  readonly #fields: Fields
  readonly #data: TemplateData

  constructor(fields: Fields, data: TemplateData) {
    this.#fields = fields
    this.#data = data
  }

  /** @throws TemplateFailure when there is no such field */
  get(name: string): Value {
    if (!Object.hasOwn(this.#fields, name)) throw new TemplateFailure(`there is no field .${name}`)
    return (this.#fields[name] as Fields[string])(this.#data)
  }
}

/** The fields of `.Question`. */
export const questionFields: Fields = {
  Name: ({ query }) => query.qname.toString(),
  Qtype: ({ query }) => query.qtype,
  Qclass: ({ query }) => query.qclass,
}

/** The fields of `.Message`. */
export const messageFields: Fields = {
  Id: ({ query }) => query.id,
  Opcode: ({ query }) => query.opcode,
  Question: (data) => [new Struct(questionFields, data)],
}

/** The fields that templates begin with. */
export const rootFields: Fields = {
  Name: ({ name }) => name.toString(),
  Zone: ({ zone }) => zone,
  Class: ({ qclass }) => formatClass(qclass),
  Type: ({ qtype }) => formatType(qtype),
  Remote: ({ query }) => query.clientAddress,
  Regex: ({ regexp }) => regexp,
  Match: ({ match }) => match,
  Group: ({ group }) => group,
  Var: ({ variables }) => variables,
  Message: (data) => new Struct(messageFields, data),
  Question: (data) => new Struct(questionFields, data),
}

/** A field of a value. @throws TemplateFailure when the value has none */
export function fieldOf(value: Value, name: string): Value {
  if (value instanceof Struct) return value.get(name)
  if (isMap(value)) return Object.hasOwn(value, name) ? (value[name] ?? null) : null
  throw new TemplateFailure(`there is no field .${name} in ${describe(value)}`)
}

/** Whether a value is a map. */
export function isMap(value: Value): value is Readonly<Record<string, ExpressionValue>> {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !(value instanceof Struct)
}

/** Whether a value counts as true: what is not empty does. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isMap(value) ? Object.keys(value).length > 0 : Boolean(value)
}

/** What Go calls the type of a value. */
export function describe(value: Value): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]string'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map'
}

/** Why a template gave no text. */
export class TemplateFailure {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}
