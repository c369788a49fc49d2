/** Signs the records of responses, and keeps the signatures. RFC 4035 2.2. */

import {
  Class,
  type Counter,
  digest,
  type Gauge,
  type Host,
  type Listener,
  type Name,
  type Rr,
  signedOctets,
  signRrset,
  Type,
  type ZoneKey,
} from '@fingerpost/sdk'

/** Signatures begin in the past, for clients whose clocks are slow. */
const INCEPTION_SECONDS = 3 * 3600
/** How long they hold from now on. */
const EXPIRATION_SECONDS = 8 * 24 * 3600
/** One that has less left is made anew. */
const LEAST_SECONDS = 4 * 24 * 3600

interface KeptSignature {
  readonly rrsig: Rr
  readonly expirationSeconds: number
}

/** The metrics of one listener. */
interface SignerMetrics {
  readonly entries: Gauge
  readonly hits: Counter
  readonly misses: Counter
}

/** Makes signatures with the keys of a zone. */
export class Signer {
  readonly #host: Host
  readonly #keys: readonly ZoneKey[]
  readonly #capacity: number
  /** By key and content; the oldest first. */
  readonly #kept = new Map<string, KeptSignature>()
  readonly #metrics: SignerMetrics[] = []

  constructor(host: Host, keys: readonly ZoneKey[], capacity: number) {
    this.#host = host
    this.#keys = keys
    this.#capacity = capacity
  }

  /** The RRsets among the records that lie in the zone, each with its signatures behind it. */
  sign(rrs: readonly Rr[], zone: Name, listener: Listener): Rr[] {
    return groups(rrs).flatMap((rrset) => [...rrset, ...this.#signaturesOf(rrset, zone, listener)])
  }

  /** Only entry points sign keys where there are other keys as well (RFC 4035 2.2, RFC 6781 3.1). */
  keysFor(type: number, zone: Name): readonly ZoneKey[] {
    const own = this.#keys.filter((key) => zone.isSubdomainOf(key.zone))
    const isSplit = own.some((key) => key.isEntryPoint) && own.some((key) => !key.isEntryPoint)
    if (!isSplit) return own
    return own.filter((key) => key.isEntryPoint === (type === Type.DNSKEY))
  }

  #signaturesOf(rrset: readonly Rr[], zone: Name, listener: Listener): Rr[] {
    const [{ owner, type, class: rrClass }] = rrset as [Rr]
    const isSigned = type !== Type.RRSIG && rrClass === Class.IN && owner.isSubdomainOf(zone)
    if (!isSigned) return []
    return this.keysFor(type, zone).map((key) => this.#signature(rrset, key, zone, listener))
  }

  #signature(rrset: readonly Rr[], key: ZoneKey, zone: Name, listener: Listener): Rr {
    const nowSeconds = Math.floor(this.#host.clock.wallNow() / 1000)
    const metrics = this.#metricsOf(listener)
    const [{ owner }] = rrset as [Rr]
    const content = digest('sha256', signedOctets(rrset, zone.toLowerCase().wire))
    const id = `${key.keyTag} ${btoa(String.fromCharCode(...content))}`
    const kept = this.#kept.get(id)
    if (kept !== undefined && kept.expirationSeconds - nowSeconds > LEAST_SECONDS) {
      metrics.hits.add()
      // The owner may be spelled in another way by this client.
      return { ...kept.rrsig, owner }
    }
    metrics.misses.add()
    const expirationSeconds = nowSeconds + EXPIRATION_SECONDS
    const validity = { inceptionSeconds: nowSeconds - INCEPTION_SECONDS, expirationSeconds }
    const rrsig = signRrset(rrset, key, zone, validity)
    this.#keep(id, { rrsig, expirationSeconds })
    metrics.entries.set(this.#kept.size)
    return rrsig
  }

  #keep(id: string, signature: KeptSignature): void {
    this.#kept.delete(id)
    if (this.#kept.size >= this.#capacity) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    this.#kept.set(id, signature)
  }

  #metricsOf({ index, label }: Listener): SignerMetrics {
    const found = this.#metrics[index]
    if (found !== undefined) return found
    const host = this.#host
    const made = {
      entries: host
        .gauge('cache_entries', 'Signatures kept.', ['server', 'type'])
        .labels(label, 'signature'),
      hits: host.counter('cache_hits_total', 'Signatures found.', ['server']).labels(label),
      misses: host.counter('cache_misses_total', 'Signatures made.', ['server']).labels(label),
    }
    this.#metrics[index] = made
    return made
  }
}

/** RRsets in the order of their first records; they need not stand together. */
function groups(rrs: readonly Rr[]): Rr[][] {
  const found: Rr[][] = []
  for (const rr of rrs) {
    const rrset = found.find(([first]) => first?.type === rr.type && first.owner.equals(rr.owner))
    if (rrset === undefined) found.push([rr])
    else rrset.push(rr)
  }
  return found
}
