/** Starts a server whose addresses may be taken away while it starts. */

import { configErrorsIn } from './config-errors.ts'
import { errorCode } from './listen/listen-error.ts'

/** How often in all. */
export const START_ATTEMPTS = 5
const ADDRESS_GONE = 'EADDRNOTAVAIL'

/**
 * Runs `start`, again after `beforeRetry` where an address was not there: the guard of a server that
 * was killed takes addresses away while the next one starts.
 * @throws what `start` throws (rejects) for any other reason, the last time, and where there is no
 * `beforeRetry`
 */
export async function startUp<T>(
  start: () => Promise<T>,
  beforeRetry: (() => Promise<void>) | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isGone = configErrorsIn(error).some(({ cause }) => errorCode(cause) === ADDRESS_GONE)
      if (!isGone || beforeRetry === undefined || attempt === START_ATTEMPTS) throw error
      await beforeRetry()
    }
  }
}
