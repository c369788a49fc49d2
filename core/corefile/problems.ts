/** Gathers what is wrong with a Corefile, so that a person sees all of it at once. */

import type { ConfigErrorCode, Token } from '@fingerpost/sdk'
import { ConfigError } from '@fingerpost/sdk'

/** A file with more mistakes than this was probably no Corefile. */
const maxProblems = 200

/** The help for an error; a function is asked once everything has been read. */
export type Suggestion = string | undefined | (() => string | undefined)

interface Problem {
  readonly code: ConfigErrorCode
  readonly message: string
  readonly at: Token | undefined
  readonly suggestion: Suggestion
}

/**
 * Errors and warnings in the order they were found. The same mistake at the same place counts
 * once, however often a snippet that contains it is imported.
 */
export class Problems {
  readonly #errors: Problem[] = []
  readonly #warnings: Problem[] = []
  readonly #seen = new Set<string>()

  error(code: ConfigErrorCode, message: string, at?: Token, suggestion?: Suggestion): void {
    this.#add(this.#errors, { code, message, at, suggestion })
  }

  warn(code: ConfigErrorCode, message: string, at?: Token, suggestion?: Suggestion): void {
    this.#add(this.#warnings, { code, message, at, suggestion })
  }

  get errors(): ConfigError[] {
    return this.#errors.map(configError)
  }

  get warnings(): ConfigError[] {
    return this.#warnings.map(configError)
  }

  #add(list: Problem[], problem: Problem): void {
    if (list.length > maxProblems) return
    const place = `${problem.at?.source.path}:${problem.at?.line}:${problem.at?.column}`
    const key = `${place}:${problem.message}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    if (list.length < maxProblems) list.push(problem)
    else
      list.push({
        code: 'syntax',
        message: 'too many problems: the rest is not shown',
        at: undefined,
        suggestion: undefined,
      })
  }
}

function configError({ code, message, at, suggestion }: Problem): ConfigError {
  const help = typeof suggestion === 'function' ? suggestion() : suggestion
  return new ConfigError(code, message, { at, suggestion: help })
}
