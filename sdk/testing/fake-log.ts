/** A log that keeps its lines for the test to look at. */

import type { Logger } from '../host.ts'

/** A {@link Logger} for tests. */
export class FakeLog implements Logger {
  /** All lines so far, as CoreDNS prints them: `[INFO] plugin/NAME: text`. */
  readonly lines: string[] = []
  readonly #plugin: string

  constructor(plugin: string) {
    this.#plugin = plugin
  }

  debug(text: string): void {
    this.#write('DEBUG', text)
  }
  info(text: string): void {
    this.#write('INFO', text)
  }
  warning(text: string): void {
    this.#write('WARNING', text)
  }
  error(text: string): void {
    this.#write('ERROR', text)
  }
  line(text: string): void {
    this.lines.push(`[INFO] ${text}`)
  }

  #write(level: string, text: string): void {
    this.lines.push(`[${level}] plugin/${this.#plugin}: ${text}`)
  }
}
