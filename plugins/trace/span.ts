/** What a trace is made of, whatever carries it. */

/** A piece of work with its beginning and end. */
export interface Span {
  /** 32 hex digits, the same for all spans of a query. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  /** Undefined for the query as a whole. */
  readonly parentId: string | undefined
  readonly name: string
  /** Milliseconds since the epoch; parts of them count. */
  readonly startMs: number
  readonly durationMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly hasFailed: boolean
}
