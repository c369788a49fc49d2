/** Log lines in CoreDNS's shape: `[LEVEL] plugin/NAME: text`, without a time of their own. */

import type { Logger } from '@fingerpost/sdk'

/** Where lines go: standard output, or a list in tests. */
export type WriteLine = (line: string) => void

/** The log of a process; debug lines are off until a block asks for them (*debug*). */
export class Log {
  readonly #write: WriteLine
  isDebug = false

  constructor(write: WriteLine) {
    this.#write = write
  }

  /** A logger whose lines carry the name of a plugin. */
  plugin(name: string): Logger {
    return this.#logger(`plugin/${name}: `)
  }

  /** The logger of core itself. */
  get core(): Logger {
    return this.#logger('')
  }

  #logger(prefix: string): Logger {
    const write = (level: string, text: string): void => {
      this.#write(`[${level}] ${prefix}${text}`)
    }
    return {
      debug: (text) => {
        if (this.isDebug) write('DEBUG', text)
      },
      info: (text) => write('INFO', text),
      warning: (text) => write('WARNING', text),
      error: (text) => write('ERROR', text),
      line: (text) => this.#write(`[INFO] ${text}`),
    }
  }
}
