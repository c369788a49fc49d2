import { ConfigError, ConfigErrors } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { START_ATTEMPTS, startUp } from './start-up.ts'

function fault(code: string): ConfigError {
  const cause = Object.assign(new Error(code), { code })
  return new ConfigError('listen', `169.254.20.10:53: ${code}`, { cause })
}

/** Starts that fail with these one after the other, and then no more. */
function attempt(faults: readonly Error[], canRetry = true) {
  const done = { starts: 0, retries: 0 }
  const start = async (): Promise<string> => {
    const error = faults[done.starts++]
    if (error !== undefined) throw error
    return 'serving'
  }
  const beforeRetry = async (): Promise<void> => {
    done.retries++
  }
  return { done, result: startUp(start, canRetry ? beforeRetry : undefined) }
}

describe('startUp', () => {
  it('starts again while an address is not there', async () => {
    const { done, result } = attempt([
      fault('EADDRNOTAVAIL'),
      new ConfigErrors([fault('EACCES'), fault('EADDRNOTAVAIL')]),
    ])
    await expect(result).resolves.toBe('serving')
    expect(done).toEqual({ starts: 3, retries: 2 })
  })

  it('gives up in the end', async () => {
    const faults = Array.from({ length: START_ATTEMPTS + 1 }, () => fault('EADDRNOTAVAIL'))
    const { done, result } = attempt(faults)
    await expect(result).rejects.toBe(faults[START_ATTEMPTS - 1])
    expect(done).toEqual({ starts: START_ATTEMPTS, retries: START_ATTEMPTS - 1 })
  })

  it('does not start again for another reason, or where nothing can be done', async () => {
    for (const error of [fault('EADDRINUSE'), new Error('a bug')]) {
      const { done, result } = attempt([error])
      await expect(result).rejects.toBe(error)
      expect(done).toEqual({ starts: 1, retries: 0 })
    }
    const { done, result } = attempt([fault('EADDRNOTAVAIL')], false)
    await expect(result).rejects.toThrow('EADDRNOTAVAIL')
    expect(done).toEqual({ starts: 1, retries: 0 })
  })
})
