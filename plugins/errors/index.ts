/** *errors*: logs why a query failed; the same reason repeated can be told once per period. */

import {
  ConfigError,
  ConfigErrors,
  definePlugin,
  formatType,
  type Host,
  type Message,
  type Query,
} from '@fingerpost/sdk'
import { Consolidation } from './consolidation.ts'
import { type ConsolidateOption, options } from './options.ts'

export default definePlugin({
  name: 'errors',
  options,
  async setup({ block }, host: Host) {
    const rules = await compileRules(block.consolidate, host)
    const tell = (query: Query, response: Message): void => {
      const { cause } = response
      const reason = cause instanceof Error ? cause.message : String(cause)
      const name = query.qname.toLowerCase().toString()
      const line = `${response.rcode} ${name} ${formatType(query.qtype)}: ${reason}`
      // The first rule that fits decides, like in CoreDNS.
      const rule = rules.find(({ pattern }) => pattern.test(reason))
      if (rule === undefined) host.log.error(line)
      else rule.take(line)
    }
    return {
      onResponse(query, response) {
        if (response.cause !== undefined) tell(query, response)
        return response
      },
      shutdown() {
        for (const rule of rules) rule.close()
      },
    }
  },
})

/** The engine for patterns is loaded only where there is one: it takes 8 MB. */
async function compileRules(
  found: readonly ConsolidateOption[],
  host: Host,
): Promise<Consolidation[]> {
  if (found.length === 0) return []
  const { compileRegexp, MAX_REGEXP_LENGTH } = await import('@fingerpost/sdk/regexp')
  const rules: Consolidation[] = []
  const errors: ConfigError[] = []
  for (const [periodMs, { value, at }, words] of found) {
    const level = words.find((word) => word !== 'show_first') ?? 'error'
    const showsFirst = words.includes('show_first')
    try {
      if (value.length > MAX_REGEXP_LENGTH) throw new RangeError('it is too long')
      const pattern = compileRegexp(value)
      rules.push(new Consolidation({ pattern, periodMs, level, showsFirst }, host))
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      errors.push(
        new ConfigError('bad-value', `not a regular expression: ${reason}`, { at, cause }),
      )
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
  return rules
}
