/** Option schemas put to the test: from a directive's text to its value, or to all its errors. */

import type { Directive } from '../config.ts'
import { readDirective } from '../testing/read-directive.ts'
import { parseOptions } from './parse-options.ts'
import type { InferOptions, PluginOptions } from './schema.ts'

/** Reads one directive, or several occurrences of it; `; ` is as good as the end of a line. */
export function directiveFrom(text: string): Directive {
  return readDirective(/^\w+/.exec(text)![0], text.replaceAll('; ', '\n'))
}

/** Parses a directive's text by a schema; throws its errors as one text. */
export function optionsFrom<S extends PluginOptions>(schema: S, text: string): InferOptions<S> {
  const result = parseOptions(schema, directiveFrom(text))
  if (result.errors) throw new Error(faultsIn(schema, text).join('\n'))
  return result.value
}

/** Gives what is wrong with a directive's text, each as `LINE:COLUMN CODE MESSAGE (SUGGESTION)`. */
export function faultsIn(schema: PluginOptions, text: string): string[] {
  const { errors = [] } = parseOptions(schema, directiveFrom(text))
  return errors.map(({ at, code, message, suggestion }) => {
    const help = suggestion === undefined ? '' : ` (${suggestion})`
    return `${at?.line}:${at?.column} ${code} ${message}${help}`
  })
}
