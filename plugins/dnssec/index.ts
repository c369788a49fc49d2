/** *dnssec*: signs responses on their way out. RFC 4033 to 4035. */

import {
  ConfigError,
  ConfigErrors,
  definePlugin,
  type Host,
  type Message,
  Name,
  type Query,
  Rcode,
  type Rr,
  readZoneKey,
  Type,
  type ZoneKey,
} from '@fingerpost/sdk'
import { denialRecord } from './denial.ts'
import { type DnssecOptions, type KeyFile, options } from './options.ts'
import { Signer } from './signer.ts'

export default definePlugin({
  name: 'dnssec',
  options,
  async setup({ args: [own], block }: DnssecOptions, host: Host) {
    const zones = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const longestFirst = [...zones].sort((one, other) => other.labelCount - one.labelCount)
    const zoneOf = (name: Name) => longestFirst.find((zone) => name.isSubdomainOf(zone))
    const keys = await readKeys(block.key.flat(), zones, host)
    if (keys.length === 0) {
      host.log.warning('there is no key: nothing is signed')
      return {}
    }
    const signer = new Signer(host, keys, block.cache_capacity)
    return {
      onQuery(query) {
        const zone = query.qtype === Type.DNSKEY ? zoneOf(query.qname) : undefined
        if (zone === undefined || !query.qname.equals(zone)) return
        return query.reply({ answer: keyRecords(query, zone, keys, signer) })
      },
      onResponse(query, response) {
        if (!query.isDnssecOk || response.isLocalFailure) return response
        const zone = zoneOf(query.qname)
        const isTransfer = query.qtype === Type.AXFR || query.qtype === Type.IXFR
        if (zone === undefined || isTransfer) return response
        return signed(query, response, zone, signer)
      },
    }
  },
})

const KEY_TTL_SECONDS = 3600

/** The DNSKEY records of a zone, under the name as the client spells it. */
function keyRecords(query: Query, zone: Name, keys: readonly ZoneKey[], signer: Signer): Rr[] {
  const records = keys
    .filter((key) => zone.isSubdomainOf(key.zone))
    .map(({ dnskey }) => ({ ...dnskey, owner: query.qname, ttlSeconds: KEY_TTL_SECONDS }))
  return query.isDnssecOk ? signer.sign(records, zone, query.listener) : records
}

/** The response with signatures, and a proof where there is no answer. */
function signed(query: Query, response: Message, zone: Name, signer: Signer): Message {
  const { rcode, answer, authority, additional } = response
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return response
  const sign = (rrs: readonly Rr[]): Rr[] => signer.sign(rrs, zone, query.listener)
  const sections = { answer: sign(answer), authority, additional: sign(additional) }
  const soa = authority.find(({ type }) => type === Type.SOA)
  const delegation = authority.find(({ type }) => type === Type.NS)
  if (answer.length > 0 && rcode === Rcode.NOERROR) {
    return query.replyLike(response, { ...sections, authority: sign(authority) })
  }
  if (soa !== undefined) {
    // Of two records one is somebody else's proof already.
    if (authority.length > 1) return response
    const absence = rcode === Rcode.NXDOMAIN ? 'name' : 'type'
    const proof = denialRecord(query, zone, absence, soa.ttlSeconds)
    const denied = query.replyLike(response, { ...sections, authority: sign([soa, proof]) })
    return denied.withRcode(Rcode.NOERROR)
  }
  if (delegation === undefined || delegation.owner.equals(zone)) return response
  // Of a delegation the DS records are signed, or their absence; its NS are the child's.
  const secured = authority.filter(({ type }) => type === Type.DS)
  const others = authority.filter(({ type }) => type !== Type.DS)
  const { ttlSeconds, owner } = delegation
  const proof =
    secured.length > 0 ? secured : [denialRecord(query, zone, 'delegation', ttlSeconds, owner)]
  return query.replyLike(response, { answer, authority: [...others, ...sign(proof)], additional })
}

/** @throws ConfigErrors for keys that can't be read or sign none of the zones */
async function readKeys(
  files: readonly KeyFile[],
  zones: readonly Name[],
  host: Host,
): Promise<ZoneKey[]> {
  const errors: ConfigError[] = []
  const keys: ZoneKey[] = []
  for (const { path, at } of files) {
    try {
      const publicText = await host.files.readText(`${path}.key`)
      const key = readZoneKey(publicText, await host.files.readText(`${path}.private`))
      if (!zones.some((zone) => zone.isSubdomainOf(key.zone))) {
        throw new RangeError(`the key of ${key.zone} can sign none of the zones`)
      }
      keys.push(key)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      errors.push(new ConfigError('file', `key ${path}: ${reason}`, { at, cause }))
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
  return keys
}
