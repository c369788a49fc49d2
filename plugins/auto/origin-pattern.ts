/** Which files are zone files, and of which zone each is: a pattern and a template. */

import { ConfigError, type Located, type Name, parseNameText } from '@fingerpost/sdk'

/** The zone of a file name; undefined for a file that is no zone file. */
export type OriginOf = (fileName: string) => Name | undefined

/**
 * Makes the function for `REGEXP TEMPLATE`, where `{1}` and `{name}` stand for groups; for the
 * default, `db\.(.*)` and `{1}`, without one.
 * @throws ConfigError for what is no pattern, or has no group.
 */
export async function originPattern(
  pattern: Located<string> | undefined,
  template: string | undefined,
): Promise<OriginOf> {
  if (pattern === undefined) return defaultOrigin
  // The engine for patterns is loaded only where there is one: it takes 8 MB.
  const { compileRegexp, MAX_REGEXP_LENGTH } = await import('@fingerpost/sdk/regexp')
  const { value, at } = pattern
  const refuse = (reason: string, cause?: unknown): ConfigError =>
    new ConfigError('bad-value', reason, { at, cause })
  if (value.length > MAX_REGEXP_LENGTH) {
    throw refuse(`the pattern is longer than ${MAX_REGEXP_LENGTH} characters`)
  }
  let compiled: ReturnType<typeof compileRegexp>
  try {
    compiled = compileRegexp(value)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw refuse(`not a regular expression: ${reason}`, cause)
  }
  if (compiled.groupCount === 0) throw refuse('the pattern needs a group in parentheses, as (.*)')
  return (fileName) => {
    const match = compiled.exec(fileName)
    if (match === undefined) return undefined
    const text = (template ?? '{1}').replace(/\{(\w+)\}/g, (_, group: string) => {
      return (/^\d+$/.test(group) ? match.groups[Number(group)] : match.named[group]) ?? ''
    })
    return nameOf(text)
  }
}

function defaultOrigin(fileName: string): Name | undefined {
  const at = fileName.indexOf('db.')
  return at < 0 ? undefined : nameOf(fileName.slice(at + 'db.'.length))
}

/** An empty text is the root, as in CoreDNS. */
function nameOf(text: string): Name | undefined {
  return parseNameText(text === '' ? '.' : text)?.toLowerCase()
}
