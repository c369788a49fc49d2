/**
 * Folds the handlers of a server block into one function, once, so that a query that nothing
 * waits for is answered without a promise (DESIGN D2 and section 3). Hot path.
 */

import { DnsError, type Handler, Message, type Next, type Query, Rcode } from '@fingerpost/sdk'

/** A handler with the name of its plugin. */
export interface Link {
  readonly name: string
  readonly handler: Handler
}

/** Told of every fault that is not a `DnsError`: a plugin that threw. */
export type OnPanic = (error: unknown, plugin: string, query: Query) => void

/**
 * Folds `links`, first to last. Undefined when none of them takes part in answering. The chain
 * never throws and never rejects: a fault becomes a reply where it was thrown.
 */
export function foldChain(links: readonly Link[], onPanic: OnPanic): Next | undefined {
  const members = links.filter(({ handler }) => handler.onQuery || handler.onResponse)
  let next: Next | undefined
  for (const member of members.reverse()) {
    next = join(member, next ?? endOfChain(member), onPanic)
  }
  return next
}

/** Folds the questions of *view* and its like; a fault in one is a no. Undefined without any. */
export function foldFilters(
  links: readonly Link[],
  onPanic: OnPanic,
): ((query: Query) => boolean) | undefined {
  const filters = links.filter(({ handler }) => handler.accepts)
  if (filters.length === 0) return undefined
  return (query) =>
    filters.every(({ name, handler }) => {
      try {
        return handler.accepts?.(query) ?? true
      } catch (error) {
        onPanic(error, name, query)
        return false
      }
    })
}

function join({ name, handler }: Link, next: Next, onPanic: OnPanic): Next {
  const fail = (query: Query, error: unknown): Message => {
    if (!(error instanceof DnsError)) onPanic(error, name, query)
    return failureOf(query, error)
  }
  const forward = handler.onResponse ? joinResponse(handler, next, fail) : next
  if (!handler.onQuery) return forward
  return (query) => {
    try {
      const answer = handler.onQuery?.(query, next)
      if (answer === undefined) return forward(query)
      if (answer instanceof Message) return named(answer, name)
      return answer.then(
        (message) => (message === undefined ? forward(query) : named(message, name)),
        (error: unknown) => fail(query, error),
      )
    } catch (error) {
      return fail(query, error)
    }
  }
}

/** Notes who answered: the innermost plugin that did, for metrics and explanations. */
function named(answer: Message, plugin: string): Message {
  if (answer.answeredBy === '' && !answer.isDropped) answer.answeredBy = plugin
  return answer
}

function joinResponse(
  handler: Handler,
  next: Next,
  fail: (query: Query, error: unknown) => Message,
): Next {
  const patch = (query: Query, response: Message): Message => {
    if (response.isDropped) return response
    try {
      return handler.onResponse?.(query, response) ?? response
    } catch (error) {
      return fail(query, error)
    }
  }
  return (query) => {
    const response = next(query)
    return response instanceof Message
      ? patch(query, response)
      : response.then((message) => patch(query, message))
  }
}

/** What the last plugin's `next` says. */
function endOfChain({ name, handler }: Link): Next {
  if (handler.refusesAtEnd) return (query) => query.reply({ rcode: Rcode.REFUSED })
  return (query) =>
    failureOf(query, new DnsError('no-next-plugin', `plugin/${name}: no next plugin found`))
}

/** The reply that a fault becomes. */
export function failureOf(query: Query, error: unknown): Message {
  if (!(error instanceof DnsError)) return query.reply({ rcode: Rcode.SERVFAIL, cause: error })
  const { rcode, extendedError } = error
  if (extendedError === undefined || !query.hasEdns) return query.reply({ rcode, cause: error })
  const text = new TextEncoder().encode(extendedError.text ?? '')
  const data = new Uint8Array(2 + text.length)
  data[0] = extendedError.infoCode >> 8
  data[1] = extendedError.infoCode
  data.set(text, 2)
  const edns = { udpSize: query.ednsSize, flags: 0, options: [{ code: 15, data }] }
  return query.reply({ rcode, cause: error, edns })
}
