/** `fingerpost check FILE [--json]`: says what is wrong with a configuration, without running it. */

import type { ConfigError, Token } from '@fingerpost/sdk'
import { ConfigError as ConfigErrorClass, ConfigErrors } from '@fingerpost/sdk'
import type { Context } from '../context.ts'
import { formatDiagnostics } from '../corefile/diagnostics.ts'
import type { Corefile } from '../corefile/parse.ts'
import { Generation } from '../generation.ts'

/** Exit codes of the command. */
export const CheckExit = { CLEAN: 0, ERRORS: 1, UNABLE: 2 } as const

/** What a check found. */
export interface CheckResult {
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

/** Reads the options, sets up every plugin and ends it again; opens no listening socket. */
export async function checkCorefile(
  corefile: Corefile,
  context: Context,
  dnsPort: number,
): Promise<CheckResult> {
  try {
    const generation = await Generation.build(corefile, context, dnsPort)
    await generation.stop()
    return { errors: [], warnings: generation.warnings }
  } catch (error) {
    return { errors: errorsOf(error), warnings: corefile.warnings }
  }
}

function errorsOf(error: unknown): readonly ConfigError[] {
  if (error instanceof ConfigErrors) return error.errors
  if (error instanceof ConfigErrorClass) return [error]
  const message = error instanceof Error ? error.message : String(error)
  return [new ConfigErrorClass('setup', message, { cause: error })]
}

/** The result for people: every finding with its place, and a count. */
export function formatCheck({ errors, warnings }: CheckResult, path: string): string {
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].join(', ')
  const findings = formatDiagnostics(errors) + formatDiagnostics(warnings, 'warning')
  return `${findings}${path}: ${counts}`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** The result for programs. */
export function checkToJson({ errors, warnings }: CheckResult): unknown {
  return {
    ok: errors.length === 0,
    findings: [
      ...errors.map((error) => findingToJson('error', error)),
      ...warnings.map((error) => findingToJson('warning', error)),
    ],
  }
}

function findingToJson(severity: string, { code, message, suggestion, at }: ConfigError): unknown {
  return {
    severity,
    code,
    message,
    suggestion: suggestion ?? null,
    ...(at ? placeOf(at) : { file: null, line: null, column: null }),
    importedFrom: trailOf(at?.via),
  }
}

function placeOf({ source, line, column }: Token): Record<string, unknown> {
  return { file: source.path, line, column }
}

function trailOf(token: Token | undefined): unknown[] {
  const trail: unknown[] = []
  for (let at = token; at !== undefined && trail.length < 20; at = at.via) trail.push(placeOf(at))
  return trail
}
