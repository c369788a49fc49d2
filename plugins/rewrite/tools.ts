/** What rules are made with at the start. */

import type { Host, Token } from '@fingerpost/sdk'
import type { Regexp } from '@fingerpost/sdk/regexp'

export interface Tools {
  readonly host: Host
  /** Compiles a word. @throws ConfigError at its place */
  regexp(word: Token): Regexp
}
