/** A mistake in a configuration as plain data, for programs. */

import type { ConfigError, Token } from '@fingerpost/sdk'

/** A mistake as programs get to see it; line and column count from 1. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly suggestion: string | null
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  /** The `import` that brought the place in, and the one that brought that in, … */
  readonly importedFrom: readonly Place[]
}

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Makes plain data of a mistake. */
export function describeFinding(
  severity: Finding['severity'],
  { code, message, suggestion, at }: ConfigError,
): Finding {
  return {
    severity,
    code,
    message,
    suggestion: suggestion ?? null,
    ...(at ? placeOf(at) : { file: null, line: null, column: null }),
    importedFrom: trailOf(at?.via),
  }
}

function placeOf({ source, line, column }: Token): Place {
  return { file: source.path, line, column }
}

function trailOf(token: Token | undefined): Place[] {
  const trail: Place[] = []
  for (let at = token; at !== undefined && trail.length < 20; at = at.via) trail.push(placeOf(at))
  return trail
}
