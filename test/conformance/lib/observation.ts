/** Turns reply octets into the form in which replies are recorded and compared. */

import { networkInterfaces } from 'node:os'
import { type ParsedMessage, parseMessage, type RecordText, sectionNames } from './message.ts'
import type { Mask, Reply, ReplyFields } from './suite.ts'

/** A reply as seen, or what came that isn't a message. */
export type Observation = Reply | { readonly malformed: string; readonly hex: string }

/** What is known about the query that a reply answers. */
export interface Sent {
  readonly id: number
  /** `name CLASS TYPE`; undefined if the query was sent as octets. */
  readonly question: string | undefined
  readonly localPort: number
}

/** Observes a reply; records are sorted unless their order counts. */
export function observe(
  octets: Buffer,
  sent: Sent,
  masks: readonly Mask[],
  isOrdered: boolean,
): Observation {
  let message: ParsedMessage
  try {
    message = parseMessage(octets)
  } catch (error) {
    return { malformed: (error as Error).message, hex: octets.toString('hex') }
  }
  const question =
    message.questions
      .map(({ name, type, class: qclass }) => `${name} ${qclass} ${type}`)
      .join(' + ') || 'none'
  const seen: ReplyFields = {
    rcode: message.rcode,
    flags: message.flags.join(' '),
    ...(message.opcode !== 'QUERY' && { opcode: message.opcode }),
    ...(message.id !== sent.id && { id: 'differs from the query' }),
    ...(question !== sent.question && { question }),
    ...(message.opt !== undefined && { opt: observeOpt(message.opt) }),
    size: octets.length,
  }
  const sections = sectionNames.map((section) => {
    const records = message.sections[section].map((record) => formatRecord(record, sent, masks))
    // Several addresses of this machine are one record once they are masked.
    const unique = masks.includes('host-address') ? [...new Set(records)] : records
    return [section, isOrdered ? unique : unique.sort()] as const
  })
  return { ...seen, ...Object.fromEntries(sections.filter(([, records]) => records.length > 0)) }
}

function observeOpt({
  size,
  version,
  do: isDo,
  options,
}: NonNullable<ParsedMessage['opt']>): NonNullable<ReplyFields['opt']> {
  return {
    size,
    ...(version !== 0 && { version }),
    ...(isDo && { do: true }),
    ...(options.length > 0 && { options }),
  }
}

function formatRecord(record: RecordText, sent: Sent, masks: readonly Mask[]): string {
  const { owner, ttlSeconds, class: qclass, type } = record
  return `${owner} ${ttlSeconds} ${qclass} ${type} ${maskRdata(record, sent, masks)}`
}

function maskRdata({ type, rdata }: RecordText, sent: Sent, masks: readonly Mask[]): string {
  if (type === 'SOA' && masks.includes('soa-serial')) {
    return rdata.replace(/^(\S+ \S+) \d+/, '$1 SERIAL')
  }
  if (type === 'SRV' && masks.includes('client-port')) {
    return rdata.replace(` ${sent.localPort} `, ' CLIENTPORT ')
  }
  const isAddress = type === 'A' || type === 'AAAA'
  if (isAddress && masks.includes('host-address') && isHostAddress(rdata)) return 'HOSTADDRESS'
  return rdata
}

function isHostAddress(address: string): boolean {
  const entries = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return entries.some((entry) => !entry.internal && entry.address === address)
}
