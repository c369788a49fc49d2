/** The options of *acl*: actions in the order of the file, with the types and networks they are for. */

import {
  args,
  type Cidr,
  cidr,
  custom,
  directive,
  many,
  type Reader,
  rest,
  rrType,
  type Token,
  zones,
} from '@fingerpost/sdk'

/** What is done to a query. */
export type Action = 'allow' | 'block' | 'filter' | 'drop'

/** An action and the queries it is for. */
export interface Policy {
  readonly action: Action
  /** Undefined for all types. */
  readonly types: ReadonlySet<number> | undefined
  /** Undefined for all clients. */
  readonly networks: readonly Cidr[] | undefined
  readonly at: Token
}

/** One occurrence of the directive. */
export interface AclOptions {
  readonly zones: readonly string[]
  readonly policies: readonly Policy[]
}

const EXAMPLES = { type: 'A AAAA', net: '10.0.0.0/8' }

const policy: Reader<Policy> = custom(
  (tokens, report) => {
    const lists: Record<'type' | 'net', Token[]> = { type: [], net: [] }
    let list: Token[] | undefined
    for (const [index, token] of tokens.entries()) {
      if (token.text === 'type' || token.text === 'net') {
        list = lists[token.text]
        if (tokens[index + 1] === undefined || tokens[index + 1]!.text in lists) {
          report(`${token.text} needs values, such as ${EXAMPLES[token.text]}`, token)
        }
      } else if (list === undefined) throw report.error("expected 'type' or 'net'", token)
      else list.push(token)
    }
    return {
      action: report.at.text as Action,
      types: isLimited(lists.type) ? new Set(report.read(rest(rrType), lists.type)) : undefined,
      networks: isLimited(lists.net) ? report.read(rest(cidr), lists.net) : undefined,
      at: report.at,
    }
  },
  { takes: '[type TYPE…] [net CIDR…]' },
)

export const options = many(
  directive({
    args: args(rest(zones)),
    block: { allow: many(policy), block: many(policy), filter: many(policy), drop: many(policy) },
    transform({ args: [own], block }, report): AclOptions {
      const order = report.statement.block?.map(({ keyword }) => keyword) ?? []
      const policies = Object.values(block).flat()
      policies.sort((left, right) => order.indexOf(left.at) - order.indexOf(right.at))
      return { zones: own, policies }
    },
  }),
)

/** `*` among the values, or no values, means all. */
function isLimited(values: readonly Token[]): boolean {
  return values.length > 0 && values.every(({ text }) => text !== '*')
}
