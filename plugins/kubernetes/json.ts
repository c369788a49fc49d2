/** Looks into JSON of others: what is not of the shape expected is as if it were not there. */

/** Members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

const noFields: Fields = {}

/** What is no object has no members. */
export function fieldsOf(json: unknown): Fields {
  return typeof json === 'object' && json !== null ? (json as Fields) : noFields
}

/** What is no text is an empty one. */
export function textOf(json: unknown): string {
  return typeof json === 'string' ? json : ''
}
