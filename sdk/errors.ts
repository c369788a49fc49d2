/**
 * The two kinds of errors that cross a boundary of Fingerpost: a fault of operation that becomes a
 * reply (`DnsError`), and a fault of configuration that is shown to the person who wrote it
 * (`ConfigError`). Extended DNS errors: RFC 8914.
 */

import type { Token } from './config.ts'
import { Rcode } from './dns/rcode.ts'

/** What went wrong while a query was worked on. The list is closed: add here, document, test. */
export type DnsErrorCode =
  | 'no-next-plugin'
  | 'plugin-failed'
  | 'upstream-timeout'
  | 'upstream-unreachable'
  | 'upstream-mismatch'
  | 'upstream-malformed'
  | 'no-healthy-upstream'
  | 'too-many-queries'
  | 'query-cancelled'
  | 'lookup-depth'
  | 'refused'
  | 'server-failure'

/** An extended DNS error (RFC 8914): an info code and a text for people. */
export interface ExtendedError {
  readonly infoCode: number
  readonly text?: string
}

/**
 * A failure to answer one query. Thrown or rejected with inside a plugin it becomes a reply with
 * `rcode` (SERVFAIL by default) that carries the error as its `cause`.
 */
export class DnsError extends Error {
  override readonly name = 'DnsError'
  readonly code: DnsErrorCode
  readonly rcode: number
  readonly extendedError: ExtendedError | undefined

  constructor(
    code: DnsErrorCode,
    message: string,
    options: { rcode?: number; extendedError?: ExtendedError; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.rcode = options.rcode ?? Rcode.SERVFAIL
    this.extendedError = options.extendedError
  }
}

/** What is wrong with a configuration. The list is closed: add here, document, test. */
export type ConfigErrorCode =
  | 'syntax'
  | 'unknown-directive'
  | 'duplicate-directive'
  | 'unknown-option'
  | 'duplicate-option'
  | 'wrong-arguments'
  | 'bad-value'
  | 'bad-zone'
  | 'import'
  | 'snippet'
  | 'overlap'
  | 'file'
  | 'listen'
  | 'setup'

/**
 * A mistake in a Corefile, with the place it was made at. `at` is the token to point at; without
 * one the mistake concerns the file as a whole.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode
  readonly at: Token | undefined
  /** What to write instead, shown as `help: …`. */
  readonly suggestion: string | undefined

  constructor(
    code: ConfigErrorCode,
    message: string,
    options: { at?: Token | undefined; suggestion?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.at = options.at
    this.suggestion = options.suggestion
  }
}

/** Several configuration errors thrown as one, so that a person sees all of them at once. */
export class ConfigErrors extends Error {
  override readonly name = 'ConfigErrors'
  readonly errors: readonly ConfigError[]

  constructor(errors: readonly ConfigError[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.errors = errors
  }
}
