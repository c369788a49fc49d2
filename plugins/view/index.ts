/** *view*: lets a server block serve only the queries that its expressions hold for. */

import { compileQueryExpressions, definePlugin, type Host } from '@fingerpost/sdk'
import { options } from './options.ts'

export default definePlugin({
  name: 'view',
  options,
  async setup({ args: [name], block }, host: Host) {
    host.settings.viewName = name
    const expressions = await compileQueryExpressions(block.expr)
    for (const { type } of expressions) {
      if (type === 'bool' || type === 'any') continue
      host.log.warning(`an expression of ${name} gives a ${type}: it never holds`)
    }
    const usesMetadata = block.expr.some(({ text }) => text.includes('metadata'))
    let isTold = false
    return {
      accepts(query) {
        if (usesMetadata) for (const { offer } of host.offers('collectMetadata')) offer(query)
        try {
          return expressions.every((expression) => expression.evaluate(query) === true)
        } catch (error) {
          // What can't be told of one query can't be told of many: once is enough.
          if (!isTold) host.log.warning(`${name} is not chosen: ${String(error)}`)
          isTold = true
          return false
        }
      },
    }
  },
})
