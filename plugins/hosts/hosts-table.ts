/** Names and addresses of hosts files, found by the octets of a question. Hot path: `find`. */

import {
  equalFold,
  HEADER_SIZE,
  hashName,
  Name,
  parseIpAddress,
  parseNameText,
  type Query,
} from '@fingerpost/sdk'

/** What is known of one name. Addresses are in the order of the files. */
export interface Entry {
  /** In lower case. */
  readonly name: Name
  readonly v4: Uint8Array[]
  readonly v6: Uint8Array[]
  /** Names the address of a reverse name has. */
  readonly pointers: Name[]
  /** Replies by type, made when first asked for; see `HostsReplies`. */
  readonly replies: Map<number, Uint8Array>
}

/** The table of one reading of the files; only replies are added to it later. */
export class HostsTable {
  readonly #entries = new EntryIndex()
  readonly #wildcards = new EntryIndex()
  /** Address lines taken over: the metric `coredns_hosts_entries`. */
  entryCount = 0

  /** The entry of the name asked for. */
  find(query: Query): Entry | undefined {
    return this.#entries.find(query.qnameHash, query.wire, HEADER_SIZE)
  }

  /** The wildcard entry one label above the name asked for; only few tables have any. */
  findWildcard(query: Query): Entry | undefined {
    if (this.#wildcards.isEmpty || query.wire[HEADER_SIZE] === 0) return undefined
    const at = HEADER_SIZE + 1 + (query.wire[HEADER_SIZE] as number)
    return this.#wildcards.find(hashName(query.wire, at), query.wire, at)
  }

  /**
   * Adds the lines of a file: an address and names each; what makes no sense is passed over.
   * Names outside `zones` are left out.
   */
  addText(text: string, zones: readonly Name[], hasReverse: boolean): void {
    for (const line of text.split('\n')) {
      const hash = line.indexOf('#')
      const words = (hash < 0 ? line : line.slice(0, hash)).split(/[ \t\r]+/).filter(Boolean)
      const [address, ...names] = words
      if (address !== undefined && names.length > 0) {
        this.#addLine(address, names, zones, hasReverse)
      }
    }
  }

  #addLine(text: string, names: string[], zones: readonly Name[], hasReverse: boolean): void {
    const address = parseIpAddress(text.split('%')[0] ?? '')
    if (address === undefined) return
    for (const word of names) {
      const name = parseNameText(word)?.toLowerCase()
      if (name === undefined || !zones.some((zone) => name.isSubdomainOf(zone))) continue
      const isWildcard = name.wire[0] === 1 && name.wire[1] === 0x2a
      this.#addAddress(isWildcard, isWildcard ? name.ancestor() : name, address.bytes)
      if (hasReverse && !isWildcard) this.#addPointer(address.bytes, name)
      this.entryCount++
    }
  }

  #addAddress(isWildcard: boolean, name: Name, address: Uint8Array): void {
    const entry = (isWildcard ? this.#wildcards : this.#entries).entryOf(name)
    ;(address.length === 4 ? entry.v4 : entry.v6).push(address)
  }

  #addPointer(address: Uint8Array, name: Name): void {
    this.#entries.entryOf(reverseName(address)).pointers.push(name)
  }
}

/** Entries by the hash of their name. */
class EntryIndex {
  readonly #buckets = new Map<number, Entry[]>()

  get isEmpty(): boolean {
    return this.#buckets.size === 0
  }

  /** The entry of the uncompressed name at `at`, letters without case. */
  find(hash: number, wire: Uint8Array, at: number): Entry | undefined {
    const bucket = this.#buckets.get(hash)
    if (bucket === undefined) return undefined
    for (const entry of bucket) {
      const name = entry.name.wire
      // Names differ in an octet before the shorter one's end: the root label ends each.
      if (at + name.length <= wire.length && equalFold(name, 0, wire, at, name.length)) return entry
    }
    return undefined
  }

  /** The entry of a lower-case name, made if there is none. */
  entryOf(name: Name): Entry {
    const known = this.find(name.hash, name.wire, 0)
    if (known !== undefined) return known
    const entry: Entry = { name, v4: [], v6: [], pointers: [], replies: new Map() }
    const bucket = this.#buckets.get(name.hash)
    if (bucket) bucket.push(entry)
    else this.#buckets.set(name.hash, [entry])
    return entry
  }
}

/** The name below in-addr.arpa (RFC 1035 3.5) or ip6.arpa (RFC 3596 2.5) of an address. */
function reverseName(address: Uint8Array): Name {
  if (address.length === 4)
    return Name.parseText(`${[...address].reverse().join('.')}.in-addr.arpa`)
  const nibbles = [...address].flatMap((octet) => [octet >> 4, octet & 15]).reverse()
  return Name.parseText(`${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`)
}
