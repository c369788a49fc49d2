/** Sets up extra configuration one by one, so that a faulty one stays alone with its fault. */

import { ConfigError } from '@fingerpost/sdk'
import { configErrorsIn } from '../config-errors.ts'
import { type Part, type PartParts, setUpPart } from '../part.ts'
import type { Extra } from './read-extras.ts'

/** An extra that is not served, and why. */
export interface ExtraFault {
  readonly extra: Extra
  readonly errors: readonly ConfigError[]
}

/** Hears of a fault that an extra which is served would have ended the process for. */
export type OnExtraFatal = (extra: Extra, error: ConfigError) => void

/**
 * Sets up extras after the base, each as long as nothing before it claims the same. Never rejects:
 * what is wrong with one is put into `faults`.
 */
export async function setUpExtras(
  extras: readonly Extra[],
  base: Part,
  parts: Omit<PartParts, 'taken' | 'extra'>,
  faults: ExtraFault[],
  onFatal: OnExtraFatal,
): Promise<Part[]> {
  const { context } = parts
  const result: Part[] = []
  const taken = [...base.claims]
  for (const extra of extras) {
    const own = {
      ...context,
      // *loop* ends the process; one of an extra must not end what others serve.
      fatal: (message: string, at: ConfigError['at']) =>
        onFatal(extra, new ConfigError('setup', message, { at })),
    }
    try {
      const part = await setUpPart(extra.corefile, { ...parts, context: own, taken, extra })
      taken.push(...part.claims)
      result.push(part)
    } catch (error) {
      faults.push({ extra, errors: configErrorsIn(error) })
    }
  }
  return result
}
