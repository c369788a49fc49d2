/** *rewrite*: changes questions on their way in, and takes the changes back on the way out. */

import {
  ConfigError,
  DnsError,
  definePlugin,
  type Host,
  Message,
  type Query,
} from '@fingerpost/sdk'
import { options, type RewriteOptions } from './options.ts'
import type { Draft, Rule } from './rule.ts'
import type { Tools } from './tools.ts'
import { type Undo, undoAll } from './undo.ts'

export default definePlugin({
  name: 'rewrite',
  options,
  async setup(written: RewriteOptions, host: Host) {
    const tools = await makeTools(
      written.some(({ usesRegexp }) => usesRegexp),
      host,
    )
    const rules = written.map(({ stops, make }): Rule => ({ stops, apply: make(tools) }))
    return {
      onQuery(query, next) {
        const draft: Draft = {
          query,
          qname: query.qname,
          qtype: query.qtype,
          qclass: query.qclass,
          options: undefined,
        }
        const undos = applyAll(rules, draft)
        if (undos === undefined) return
        const asked = questionOf(draft)
        const response = next(asked)
        return response instanceof Message
          ? undoAll(query, asked, response, undos)
          : response.then((message) => undoAll(query, asked, message, undos))
      },
    }
  },
})

/** What must be taken back; undefined when no rule was for the query. */
function applyAll(rules: readonly Rule[], draft: Draft): readonly Undo[] | undefined {
  let all: Undo[] | undefined
  for (const { stops, apply } of rules) {
    const undos = apply(draft)
    if (undos === undefined) continue
    all = [...(all ?? []), ...undos]
    if (stops) break
  }
  return all
}

// The payload size that a query gets which had no OPT.
const UDP_SIZE = 4096

function questionOf({ query, qname, qtype, qclass, options }: Draft): Query {
  const isSame = qname === query.qname && qtype === query.qtype && qclass === query.qclass
  if (isSame && options === undefined) return query
  const own = query.edns ?? { udpSize: UDP_SIZE, version: 0, flags: 0, options: [] }
  const edns = options === undefined ? query.edns : { ...own, options }
  return query.with({ qname, qtype, qclass, edns })
}

/** The engine for regular expressions is large, and loaded only where there are any. */
async function makeTools(usesRegexp: boolean, host: Host): Promise<Tools> {
  if (!usesRegexp) {
    return {
      host,
      regexp: () => {
        throw new DnsError('server-failure', 'no expressions were expected')
      },
    }
  }
  const { compileRegexp, MAX_REGEXP_LENGTH } = await import('@fingerpost/sdk/regexp')
  return {
    host,
    regexp(word) {
      try {
        if (word.text.length > MAX_REGEXP_LENGTH) {
          throw new RangeError(`longer than ${MAX_REGEXP_LENGTH}`)
        }
        return compileRegexp(word.text)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new ConfigError('bad-value', `not an expression: ${reason}`, { at: word, cause })
      }
    },
  }
}
