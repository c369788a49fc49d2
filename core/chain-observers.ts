/**
 * Lets a plugin watch those behind it (`Offers.chainObserver`). Links of a block where no plugin
 * wants to are left as they are, so that their queries pay nothing. Hot path.
 */

import { type ChainObserver, type Handler, Message, type Query } from '@fingerpost/sdk'
import type { Link } from './chain.ts'

/** Gives the links with those behind an observer watched by it. */
export function withObservers(links: readonly Link[]): readonly Link[] {
  const observers: ChainObserver[] = []
  return links.map((link) => {
    const watched = observers.reduce(watch, link)
    const observer = link.handler.offers?.chainObserver
    if (observer !== undefined) observers.push(observer)
    return watched
  })
}

function watch({ name, handler }: Link, observer: ChainObserver): Link {
  const { refusesAtEnd } = handler
  if (!handler.onQuery) return { name, handler }
  return {
    name,
    handler: {
      ...(refusesAtEnd && { refusesAtEnd }),
      ...(handler.onResponse && {
        onResponse: (query, response) => handler.onResponse?.(query, response) ?? response,
      }),
      onQuery: watchedQuery(name, handler, observer),
    },
  }
}

function watchedQuery(
  name: string,
  handler: Handler,
  observer: ChainObserver,
): NonNullable<Handler['onQuery']> {
  return (query, next) => {
    const visit = observer.enter(name, query)
    if (visit === undefined) return handler.onQuery?.(query, next)
    const through = (asked: Query): ReturnType<typeof next> => {
      visit.asksOn(asked)
      return next(asked)
    }
    const fail = (error: unknown): never => {
      visit.end(undefined, error)
      throw error
    }
    try {
      const answer = handler.onQuery?.(query, through)
      if (answer === undefined || answer instanceof Message) {
        visit.end(answer ?? undefined)
        return answer
      }
      return answer.then((message) => {
        visit.end(message ?? undefined)
        return message
      }, fail)
    } catch (error) {
      return fail(error)
    }
  }
}
