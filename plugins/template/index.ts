/** *template*: answers with records made from the query by templates. */

import { DnsError, definePlugin, type Message, type Query } from '@fingerpost/sdk'
import { type Conditions, compileConditions } from './conditions.ts'
import { compileExpressions } from './expressions.ts'
import { Failures } from './failures.ts'
import { options } from './options.ts'
import { respond } from './respond.ts'
import { Rule } from './rule.ts'

export default definePlugin({
  name: 'template',
  options,
  traits: (occurrences) => ({
    fallsThrough: occurrences.some(({ block }) => block.fallthrough !== undefined),
  }),
  async setup(occurrences, host) {
    const failures = new Failures(host)
    const expressions = await compileExpressions(occurrences)
    const conditions = await compileConditions(occurrences)
    const rules = occurrences.map(
      (one, i) => new Rule(one, expressions[i] ?? [], conditions[i] as Conditions, host),
    )
    for (const { unknownFields } of rules.flatMap((rule) => rule.templates)) {
      for (const field of unknownFields) {
        host.log.warning(`there is no field ${field}: what needs it is answered with SERVFAIL`)
      }
    }
    return {
      onQuery(query) {
        for (const rule of rules) {
          const found = rule.match(query)
          if (found === 'mismatch') return mismatch(query)
          if (found !== undefined) return respond(rule, found, host, failures)
        }
        return undefined
      },
    }
  },
})

function mismatch(query: Query): Message {
  const cause = new DnsError('server-failure', 'the expressions of the template do not match')
  return query.reply({ rcode: cause.rcode, cause })
}
