/** *errors*: logs why a query failed; the same reason repeated can be told once per period. */

import {
  ConfigError,
  definePlugin,
  formatType,
  type Host,
  type Message,
  type Query,
} from '@fingerpost/sdk'
import { Consolidation, type ConsolidationRule } from './consolidation.ts'
import { type ConsolidateOption, options } from './options.ts'

// CoreDNS refuses longer patterns.
const MAX_PATTERN_LENGTH = 10_000

export default definePlugin({
  name: 'errors',
  options,
  async setup({ block }, host: Host) {
    const rules: Consolidation[] = []
    for (const option of block.consolidate) {
      rules.push(new Consolidation(await compileRule(option), host))
    }
    const tell = (query: Query, response: Message): void => {
      const { cause } = response
      const reason = cause instanceof Error ? cause.message : String(cause)
      const line = `${response.rcode} ${query.qname.toString()} ${formatType(query.qtype)}: ${reason}`
      for (const rule of rules) if (rule.takes(reason, line)) return
      host.log.error(line)
      if (block.stacktrace && cause instanceof Error && cause.stack) host.log.error(cause.stack)
    }
    return {
      onResponse(query, response) {
        if (response.cause !== undefined) tell(query, response)
        return response
      },
      shutdown() {
        for (const rule of rules) rule.flush()
      },
    }
  },
})

/** The engine for patterns is loaded only where there is one: it is the larger part of a plugin. */
async function compileRule([
  periodMs,
  pattern,
  words,
]: ConsolidateOption): Promise<ConsolidationRule> {
  const { compileRegexp } = await import('@fingerpost/sdk/regexp')
  if (pattern.value.length > MAX_PATTERN_LENGTH) {
    throw new ConfigError('bad-value', 'the pattern is too long', { at: pattern.at })
  }
  try {
    const level = words.find((word) => word !== 'show_first') ?? 'error'
    const showsFirst = words.includes('show_first')
    return { pattern: compileRegexp(pattern.value), periodMs, level, showsFirst }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError('bad-value', `not a regular expression: ${reason}`, {
      at: pattern.at,
      cause,
    })
  }
}
