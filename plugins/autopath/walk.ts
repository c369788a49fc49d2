/** Asks for a name in each domain of a search path until one of them has it. */

import { Message, makeCname, Name, type Next, type Query, Rcode } from '@fingerpost/sdk'

/** What became of a walk. */
export interface Walked {
  readonly response: Message
  /** Whether a domain was found that has the name. */
  readonly isFound: boolean
}

/**
 * Walks from the domain at `index` on. `base` is what the client's user wrote. What none of the
 * domains has gets the first response, which is what the client asked for.
 */
export function walk(
  query: Query,
  base: Name,
  path: readonly Name[],
  next: Next,
  index = 0,
  first?: Message,
): Walked | Promise<Walked> {
  for (let i = index; i < path.length; i++) {
    const name = Name.join(base, path[i] as Name)
    // With this domain the name is too long to be one.
    if (name === undefined) continue
    const asked = i === 0 ? query : query.with({ qname: name })
    const response = next(asked)
    if (!(response instanceof Message)) {
      return response.then((message) => {
        const ended = judge(query, message, first)
        return ended ?? walk(query, base, path, next, i + 1, first ?? message)
      })
    }
    const ended = judge(query, response, first)
    if (ended !== undefined) return ended
    first ??= response
  }
  return { response: first ?? query.reply({ rcode: Rcode.NXDOMAIN }), isFound: false }
}

/** Whether the walk ends with a response; undefined when it goes on. */
function judge(query: Query, response: Message, first: Message | undefined): Walked | undefined {
  if (response.isDropped || response.cause !== undefined) return { response, isFound: false }
  if (response.isLocalFailure || response.rcode === Rcode.NXDOMAIN) return undefined
  return { response: first === undefined ? response : renamed(query, response), isFound: true }
}

/** The response to another name, with an alias to it in front. */
function renamed(query: Query, response: Message): Message {
  const { answer, authority, additional } = response
  const target = answer.find(({ owner }) => !owner.equals(query.qname))
  const alias = target && makeCname(query.qname, target.ttlSeconds, target.owner)
  return query.replyLike(response, {
    answer: alias === undefined ? answer : [alias, ...answer],
    authority,
    additional,
  })
}
