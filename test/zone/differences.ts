/**
 * Where Fingerpost answers from a zone otherwise than NSD, and why. Each rule takes the difference
 * out of a pair of responses; what is left must be equal.
 */

/** A response as far as it is compared; records as `owner ttl class type rdata`, sorted. */
export interface Shape {
  readonly rcode: string
  readonly isAuthoritative: boolean
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

/** Two responses to one question. */
export interface Pair {
  readonly ours: Shape
  readonly theirs: Shape
}

/** A known difference. */
export interface Difference {
  readonly reason: string
  /** The pair without the difference; the same pair where it is not at work. */
  without(pair: Pair): Pair
}

const typeOf = (rr: string): string => rr.split(' ')[3] ?? ''
const ownerOf = (rr: string): string => rr.split(' ')[0] ?? ''
const has = (rrs: readonly string[], type: string): boolean => rrs.some((rr) => typeOf(rr) === type)
const without = (rrs: readonly string[], types: readonly string[]): string[] =>
  rrs.filter((rr) => !types.includes(typeOf(rr)) && !types.includes(coveredBy(rr)))
/** The type that a signature covers. */
const coveredBy = (rr: string): string => (typeOf(rr) === 'RRSIG' ? (rr.split(' ')[4] ?? '') : '')

const DENIAL = ['SOA', 'NSEC']

/** All known differences, in the order in which they are taken out. */
export const differences: readonly Difference[] = [
  {
    reason:
      'NSD lowers the TTL of negative responses to the SOA minimum (RFC 2308); CoreDNS does not',
    without({ ours, theirs }) {
      const level = (shape: Shape): Shape => ({
        ...shape,
        authority: shape.authority.map((rr) =>
          [typeOf(rr), coveredBy(rr)].some((type) => DENIAL.includes(type))
            ? rr.replace(/ \d+ /, ' 0 ')
            : rr,
        ),
      })
      return { ours: level(ours), theirs: level(theirs) }
    },
  },
  {
    reason:
      "NSD adds the addresses of the zone's name servers to positive responses; CoreDNS does not",
    without({ ours, theirs }) {
      const servers = theirs.authority.filter((rr) => typeOf(rr) === 'NS').map(lastOf)
      const isNeeded = (rr: string): boolean =>
        ours.additional.includes(rr) || !servers.includes(ownerOf(rr))
      if (!theirs.isAuthoritative) return { ours, theirs }
      return { ours, theirs: { ...theirs, additional: theirs.additional.filter(isNeeded) } }
    },
  },
  {
    reason: 'behind an alias CoreDNS says NODATA with the NS records, not with the SOA',
    without({ ours, theirs }) {
      const isAlias = has(ours.answer, 'CNAME') && ours.rcode === 'NOERROR'
      if (!isAlias || !has(ours.authority, 'NS') || !has(theirs.authority, 'SOA')) {
        return { ours, theirs }
      }
      return {
        ours: { ...ours, authority: without(ours.authority, ['NS']) },
        theirs: { ...theirs, authority: without(theirs.authority, ['SOA']) },
      }
    },
  },
  {
    reason: 'every positive response of CoreDNS has the NS records; NSD leaves them out of some',
    without({ ours, theirs }) {
      const isPositive = ours.isAuthoritative && ours.answer.length > 0
      if (!isPositive || has(theirs.authority, 'NS')) return { ours, theirs }
      return { ours: { ...ours, authority: without(ours.authority, ['NS']) }, theirs }
    },
  },
  {
    reason: 'behind an alias CoreDNS adds no addresses of MX and SRV targets',
    without({ ours, theirs }) {
      if (!has(ours.answer, 'CNAME') || !ours.isAuthoritative) return { ours, theirs }
      return { ours, theirs: { ...theirs, additional: ours.additional } }
    },
  },
  {
    // Ours cover the name that the DNAME makes: a NSEC from before it to behind it.
    reason: 'NSD denies a name that a DNAME makes with the NSEC of another name',
    without({ ours, theirs }) {
      if (!has(ours.answer, 'DNAME') || !has(ours.authority, 'SOA')) return { ours, theirs }
      const drop = (shape: Shape): Shape => ({
        ...shape,
        authority: without(shape.authority, ['NSEC']),
      })
      return { ours: drop(ours), theirs: drop(theirs) }
    },
  },
]

const lastOf = (rr: string): string => rr.split(' ').at(-1) ?? ''
