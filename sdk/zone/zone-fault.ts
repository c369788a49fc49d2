/** What is wrong with the text of a zone, and where. */

/** A mistake in a zone file. Its message begins with `path:line:column: `, all counted from 1. */
export class ZoneFault extends Error {
  override readonly name = 'ZoneFault'
  readonly path: string
  /** 0 when the mistake concerns the file as a whole. */
  readonly line: number
  readonly column: number
  /** The message without the place. */
  readonly reason: string

  constructor(reason: string, path: string, line = 0, column = 0, cause?: unknown) {
    const place = line === 0 ? path : `${path}:${line}:${column}`
    super(`${place}: ${reason}`, cause === undefined ? undefined : { cause })
    this.reason = reason
    this.path = path
    this.line = line
    this.column = column
  }
}
