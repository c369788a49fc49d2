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
export const deliberateDifferences: readonly DeliberateDifference[] = [
  {
    where: 'rewrite/continue-and-order',
    case: '8: x.other.test MX',
    reason:
      'CoreDNS forgets to restore the question when the last rule that was applied says continue; ' +
      'clients drop such a reply. Here the question is always that of the client.',
  },
  {
    where: 'kubernetes/reverse',
    case: '16: 2.10.244.10.in-addr.arpa PTR',
    reason:
      'CoreDNS says nothing at all for the address of an endpoint whose slice names no service, so ' +
      'that clients wait; here it is NXDOMAIN.',
  },
  {
    where: 'kubernetes/with-other-plugins',
    case: '17: version.bind TXT CH',
    reason: 'Replies of classes other than IN pass through the cache as they are, TTLs included.',
  },
]
