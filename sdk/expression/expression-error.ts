/** What is wrong with an expression, and where. */

/** A mistake in an expression. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  /** Where, in UTF-16 code units from the start of the expression. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
