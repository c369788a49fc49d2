/**
 * What the plugins of one server block do for each other. A plugin that has something to offer
 * says so in its handler; one that wants it asks its host. Neither knows the other.
 */

import type { ChainObserver } from './chain-observer.ts'
import type { MetadataSource } from './metadata.ts'
import type { Name } from './wire/name.ts'
import type { Query, Transport } from './wire/query.ts'
import type { Rr } from './wire/rr.ts'

/** What a plugin offers to the others of its block; all parts are optional. */
export interface Offers {
  /** Labels about queries: read by *log*, *rewrite*, *template* and *view*. */
  readonly metadata?: MetadataSource
  /** Begins the labels of a query, before its block is chosen: offered by *metadata*. */
  readonly collectMetadata?: (query: Query) => void
  /** Watches the plugins behind this one at work. */
  readonly chainObserver?: ChainObserver
  /** Is told of what upstreams are asked and say: by *forward*. */
  readonly upstreamObserver?: UpstreamObserver
  /** Whole zones: sent to others by *transfer*. */
  readonly transfer?: TransferSource
  /** Tells the secondaries of a zone that it has changed (RFC 1996): offered by *transfer*. */
  readonly notify?: (zone: Name) => void
  /** Search paths of clients: followed by *autopath*. */
  readonly searchPath?: SearchPathSource
  /** Services that are reached from outside of a cluster: named by *k8s_external*. */
  readonly externalServices?: ExternalServices
}

/** An offer and the plugin that makes it. */
export interface Offered<T> {
  readonly plugin: string
  readonly offer: T
}

/** A plugin that wants to know what upstreams are asked. */
export interface UpstreamObserver {
  /** An upstream was asked; it answered, or failed to. Called in the hot path; never throws. */
  onExchange(exchange: UpstreamExchange): void
}

/** One query to an upstream. Octets and query are used up when the observer returns. */
export interface UpstreamExchange {
  readonly query: Query
  readonly upstream: { readonly address: string; readonly port: number }
  readonly transport: Transport
  /** How long the upstream took, or was waited for. */
  readonly durationMs: number
  /** The reply as it came; undefined when there was none that can be used. */
  readonly reply: Uint8Array | undefined
}

/** A plugin that has whole zones. */
export interface TransferSource {
  /**
   * The records of a zone in the order they are sent in, in pieces of any size: the SOA first and,
   * if there is more, last again (RFC 5936 2.2). The SOA alone says that who has `serial` has
   * everything (RFC 1995 2). Undefined when the plugin does not have this very zone.
   */
  transfer(zone: Name, serial: number | undefined): Iterable<readonly Rr[]> | undefined
  /** The zones that there are now: for the NOTIFY at the start. */
  readonly zones: readonly Name[]
}

/** A plugin that knows where clients look for names. */
export interface SearchPathSource {
  /**
   * The domains a client looks in, in order; the root for the name as it is. Undefined when nothing
   * is known of the client.
   */
  searchPath(query: Query): readonly Name[] | undefined
}

/** Services of a cluster by the addresses they have outside of it. */
export interface ExternalServices {
  /** What `labels` (`_port._proto`, endpoint, service, namespace: from the left) stand for. */
  find(labels: readonly string[], isHeadless: boolean): ExternalFinding
  /** Labels of what has this address. */
  findAddress(address: string, isHeadless: boolean): readonly (readonly string[])[]
  /** The server's own addresses, for the names of the zone's name servers. */
  serverAddresses(): readonly string[]
  /** Everything that has a name, for transfers. */
  all(isHeadless: boolean): Iterable<ExternalEntry>
  /** When something of it changed last, in Unix seconds. */
  readonly serial: number
  /** TTL that the plugin itself gives to records of services. */
  readonly ttlSeconds: number
}

/** What a name stands for. */
export type ExternalFinding =
  | { readonly kind: 'found'; readonly entries: readonly ExternalEntry[] }
  /** The name is there, without records: NODATA. */
  | { readonly kind: 'empty' }
  /** NXDOMAIN. */
  | { readonly kind: 'missing' }
  /** Not everything is known yet: SERVFAIL. */
  | { readonly kind: 'unknown' }

/** An address and a port under one name. */
export interface ExternalEntry {
  /** Labels of the name, left of the zone: `service.namespace` or `endpoint.service.namespace`. */
  readonly labels: readonly string[]
  /** An IP address, or the name of a load balancer. */
  readonly host: string
  /** -1 without one. */
  readonly port: number
  readonly portName: string
  /** Lower case: `tcp`. */
  readonly protocol: string
}
