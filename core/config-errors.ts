/** What building a configuration threw, as mistakes and in words. */

import { ConfigError, ConfigErrors } from '@fingerpost/sdk'
import { formatDiagnostics } from './corefile/diagnostics.ts'

/** The mistakes in what building a configuration threw. */
export function configErrorsIn(error: unknown): readonly ConfigError[] {
  if (error instanceof ConfigErrors) return error.errors
  if (error instanceof ConfigError) return [error]
  const message = error instanceof Error ? error.message : String(error)
  return [new ConfigError('setup', message, { cause: error })]
}

/** What is wrong with a configuration, for people. */
export function describeConfigError(error: unknown): string {
  if (error instanceof ConfigErrors) return formatDiagnostics(error.errors).trimEnd()
  if (error instanceof ConfigError) return formatDiagnostics([error]).trimEnd()
  return error instanceof Error ? error.message : String(error)
}
