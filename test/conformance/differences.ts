/**
 * The recorded answers from which Fingerpost differs on purpose, each with its reason. A difference
 * that is listed here must exist: replaying fails when one has gone.
 */

/** One deliberate difference from the recordings. */
export interface DeliberateDifference {
  /** A suite, `group/name`, or a verdict, `verdict:group/name`. */
  readonly where: string
  /** The case's label as reports print it; without it every case of the suite may differ. */
  readonly case?: string
  readonly reason: string
}

/** All deliberate differences, by where they are. */
export const deliberateDifferences: readonly DeliberateDifference[] = []
