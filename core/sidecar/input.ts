/** What clients send, checked before anything is done with it. */

import { Name, parseNameText, parseTypeText, Type } from '@fingerpost/sdk'
import * as v from 'valibot'
import { HttpFault } from './http-fault.ts'

/** A domain name in presentation form: 255 octets, of which each may be written as `\DDD`. */
const name = v.pipe(
  v.string(),
  v.minLength(1, 'a domain name is missing'),
  v.maxLength(1020, 'this is too long for a domain name'),
  v.transform((text) => parseNameText(text, Name.root)),
  v.instance(Name, 'this is not a domain name'),
)

/** `AAAA`, `TYPE65280`, `28`. */
const type = v.pipe(
  v.string(),
  v.maxLength(16, 'this is too long for a type'),
  v.transform((text) =>
    /^\d{1,5}$/.test(text) ? parseTypeText(`TYPE${text}`) : parseTypeText(text),
  ),
  v.number('this is not a type of records'),
)

/** As Google and Cloudflare read them: `1`, `true`, or nothing at all after the name. */
const toggle = v.pipe(
  v.picklist(['', '0', '1', 'false', 'true'], 'this is true, false, 1 or 0'),
  v.transform((text) => text !== '0' && text !== 'false'),
)

const count = v.pipe(
  v.string(),
  v.regex(/^\d{1,4}$/, 'this is no number from 1 to 1000'),
  v.transform(Number),
  v.minValue(1, 'this is no number from 1 to 1000'),
  v.maxValue(1000, 'this is no number from 1 to 1000'),
)

/** `GET /explain`. */
export const explainInput = v.object({ name, type: v.optional(type, 'A') })

/** `GET /dns-query` in its JSON form. */
export const dnsJsonInput = v.object({
  name,
  type: v.optional(type, 'A'),
  cd: v.optional(toggle, '0'),
  do: v.optional(toggle, '0'),
})

/** `GET /cache`. */
export const cacheInput = v.object({
  name: v.optional(name),
  type: v.optional(type),
  subtree: v.optional(toggle, '0'),
  limit: v.optional(count, '100'),
})

/** `POST /cache`. */
export const flushInput = v.variant('flush', [
  v.strictObject({ flush: v.literal('name'), name, type: v.optional(type) }),
  v.strictObject({ flush: v.literal('subtree'), name }),
  v.strictObject({ flush: v.literal('all') }),
])

/**
 * Checks what a client sent.
 * @throws HttpFault that names every part that is wrong
 */
export function read<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const wrong = result.issues.map((issue) => {
    const place = v.getDotPath(issue)
    return place === null ? issue.message : `${place}: ${issue.message}`
  })
  throw new HttpFault(400, 'bad-input', wrong.join('; '))
}

/** Types that a question can't have, or that ask for more than one response. */
export function isQuestionType(qtype: number): boolean {
  return qtype !== 0 && qtype !== Type.OPT && qtype !== Type.AXFR && qtype !== Type.IXFR
}
