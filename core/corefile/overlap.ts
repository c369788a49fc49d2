/** Finds server blocks that claim the same place: two answers for one zone on one socket. */

import type { Token } from '@fingerpost/sdk'
import { ConfigError } from '@fingerpost/sdk'
import type { Transport } from './keys.ts'
import { formatKey } from './keys.ts'

/** A zone of a server block, ports and addresses filled in. */
export interface Claim {
  readonly transport: Transport
  readonly zone: string
  readonly port: number
  /** What *bind* chose; empty means that the block listens on all addresses. */
  readonly addresses: readonly string[]
  /** True if a *view* decides query by query: such blocks may share a zone. */
  readonly isFiltered: boolean
  readonly at: Token
}

interface Place {
  readonly claim: Claim
  readonly address: string
}

/**
 * Finds claims that can't stand beside each other, given in the order of the file: the same
 * transport, zone, address and port twice, or the same zone once bound to an address and once not.
 * Only claims without a filter keep others out.
 */
export function findOverlaps(claims: readonly Claim[]): ConfigError[] {
  const taken = new Map<string, Place>()
  const firstOfZone = new Map<string, Place>()
  const errors: ConfigError[] = []
  for (const claim of claims) {
    for (const address of addressesOf(claim)) {
      const place: Place = { claim, address }
      const zone = formatKey(claim.transport, claim.zone, claim.port)
      const identity = `${zone} on ${address}`
      const same = taken.get(identity)
      const first = firstOfZone.get(zone)
      const unbound = taken.get(`${zone} on `)
      const mixed = address === '' ? first : unbound
      if (same !== undefined) errors.push(duplicate(place, same))
      else if (mixed !== undefined) errors.push(contention(place, mixed))
      else if (!claim.isFiltered) {
        taken.set(identity, place)
        firstOfZone.set(zone, place)
      }
    }
  }
  return errors
}

/**
 * Finds ports on which one block listens on all addresses and another on chosen ones, for
 * different zones: then two sockets share the port, and which of them gets a query is chance.
 * CoreDNS starts with it, so these are warnings.
 */
export function findContention(claims: readonly Claim[]): ConfigError[] {
  const unbound = new Map<string, Claim>()
  for (const claim of claims) {
    if (claim.addresses.length === 0 && !unbound.has(portOf(claim)))
      unbound.set(portOf(claim), claim)
  }
  const warnings: ConfigError[] = []
  const seen = new Set<string>()
  for (const claim of claims) {
    const other = claim.addresses.length > 0 ? unbound.get(portOf(claim)) : undefined
    const pair = `${portOf(claim)} ${place(claim.at)}`
    if (other === undefined || other.zone === claim.zone || seen.has(pair)) continue
    seen.add(pair)
    const name = nameOf({ claim, address: claim.addresses.join(', ') })
    const otherName = nameOf({ claim: other, address: '' })
    const message = `${name} shares its port with ${otherName}, which listens on all addresses`
    const suggestion = `put a bind into the block at ${place(other.at)}, or queries reach either`
    warnings.push(new ConfigError('overlap', message, { at: claim.at, suggestion }))
  }
  return warnings
}

/**
 * Finds claims of an extra configuration that would take queries from what was there before it, or
 * get none: on one port, one side listens on all addresses and the other on chosen ones. The same
 * zone twice is {@link findOverlaps}' matter.
 */
export function findIntrusions(claims: readonly Claim[], taken: readonly Claim[]): ConfigError[] {
  return claims.flatMap((claim) => {
    const isBound = claim.addresses.length > 0
    const rival = taken.find(
      (other) =>
        portOf(other) === portOf(claim) &&
        other.zone !== claim.zone &&
        other.addresses.length > 0 !== isBound,
    )
    if (rival === undefined) return []
    const name = nameOf({ claim, address: claim.addresses.join(', ') })
    const otherName = nameOf({ claim: rival, address: rival.addresses.join(', ') })
    const reason = `it shares the port with ${otherName} at ${place(rival.at)}`
    const suggestion = isBound
      ? 'take the bind out: the other block listens on all addresses'
      : `bind it as the other block is: bind ${rival.addresses.join(' ')}`
    return [
      new ConfigError('overlap', `cannot serve ${name} - ${reason}`, { at: claim.at, suggestion }),
    ]
  })
}

function addressesOf(claim: Claim): readonly string[] {
  return claim.addresses.length === 0 ? [''] : claim.addresses
}

function portOf(claim: Claim): string {
  return `${claim.transport}://:${claim.port}`
}

function place(at: Token): string {
  return `${at.source.path}:${at.line}:${at.column}`
}

function nameOf({ claim, address }: Place): string {
  const name = formatKey(claim.transport, claim.zone, claim.port)
  return address === '' ? name : `${name} on ${address}`
}

function duplicate(second: Place, first: Place): ConfigError {
  const reason = `it is already defined at ${place(first.claim.at)}`
  return new ConfigError('overlap', `cannot serve ${nameOf(second)} - ${reason}`, {
    at: second.claim.at,
  })
}

function contention(second: Place, first: Place): ConfigError {
  const other = `${nameOf(first)} at ${place(first.claim.at)}`
  const reason = `zone overlap listener capacity with ${other}`
  return new ConfigError('overlap', `cannot serve ${nameOf(second)} - ${reason}`, {
    at: second.claim.at,
    suggestion: 'give both blocks a bind, or neither',
  })
}
