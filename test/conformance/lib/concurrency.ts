/** Bounds how much goes on at the same time. */

/** Returns a function that runs actions, never more than `limit` at once, in the order of calls. */
export function limitConcurrency(limit: number): <T>(action: () => Promise<T>) => Promise<T> {
  let free = limit
  const waiting: (() => void)[] = []
  return async (action) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await action()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
