/** *header*: sets and clears flags of queries and responses (RFC 1035 4.1.1). */

import {
  args,
  definePlugin,
  directive,
  Flag,
  type InferStatement,
  many,
  oneOf,
} from '@fingerpost/sdk'

const change = args(oneOf('set', 'clear'), many(oneOf('aa', 'ra', 'rd')))
const FLAGS = { aa: Flag.AA, ra: Flag.RA, rd: Flag.RD }

export default definePlugin({
  name: 'header',
  options: many(
    directive({
      block: { query: many(change), response: many(change) },
      check({ block: { query, response } }, report) {
        if (query.length + response.length > 0) return
        const suggestion = 'write for example: response set ra'
        report('needs one line or more', undefined, { code: 'wrong-arguments', suggestion })
      },
    }),
  ),
  setup(occurrences, host) {
    const [first, ...others] = occurrences
    if (others.length > 0) host.log.warning('is given several times; the first one counts')
    const query = summed(first?.block.query ?? [])
    const response = summed(first?.block.response ?? [])
    return {
      onQuery(asked) {
        asked.changeFlags(query.set, query.clear)
      },
      onResponse(_, answer) {
        // CoreDNS leaves failures to the server to answer, behind all plugins.
        if (answer.isLocalFailure) return answer
        answer.flags = (answer.flags & ~response.clear) | response.set
        answer.ownFlags |= response.set | response.clear
        return answer
      },
    }
  },
})

/** What a list of changes comes to, each on top of those before it. */
function summed(changes: readonly InferStatement<typeof change>[]): {
  readonly set: number
  readonly clear: number
} {
  let set = 0
  let clear = 0
  for (const [action, names] of changes) {
    const bits = names.reduce((sum, name) => sum | FLAGS[name], 0)
    set = action === 'set' ? set | bits : set & ~bits
    clear = action === 'clear' ? clear | bits : clear & ~bits
  }
  return { set, clear }
}
