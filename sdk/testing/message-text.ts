/** Messages of tests as people write them: records in presentation form, flags as words. */

import { formatRcode, parseRcodeText } from '../dns/rcode.ts'
import { formatRr, parseRrText } from '../record/rr-text.ts'
import { EDNS_DO } from '../wire/edns.ts'
import { Flag } from '../wire/header.ts'
import type { Message } from '../wire/message.ts'
import type { Query } from '../wire/query.ts'
import type { Rr } from '../wire/rr.ts'
import { formatFlagWords, parseFlagWords } from './make-query.ts'

/** A reply as a test writes it. */
export interface ReplyText {
  /** NOERROR by default. */
  readonly rcode?: string
  /** Words of `aa tc ra ad`; RD and CD are copied from the query. `aa` by default. */
  readonly flags?: string
  /** RRs in presentation form: `www.example.org. 300 IN A 192.0.2.1`. */
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
}

/** A message as a test sees it; see {@link formatMessage}. */
export interface MessageText {
  readonly rcode: string
  /** Flags in the order of the header, without `qr`: `aa rd ra`. */
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** Null without an OPT record. */
  readonly edns: EdnsText | null
}

/** An OPT record as a test sees it. */
export interface EdnsText {
  readonly udpSize: number
  readonly do: boolean
  /** `code:octets in hexadecimal`, in order. */
  readonly options: readonly string[]
}

/**
 * Makes the rest of a chain, or an upstream, that always answers the same.
 *
 * @example replyWith({ answer: ['www.example.org. 300 IN A 192.0.2.1'], flags: 'ra' })
 */
export function replyWith(text: ReplyText = {}): (query: Query) => Message {
  const rcode = parseRcodeText(text.rcode ?? 'NOERROR')
  if (rcode === undefined) throw new RangeError(`'${text.rcode}' is not an RCODE`)
  const flags = parseFlagWords(text.flags ?? 'aa')
  const sections = {
    answer: (text.answer ?? []).map(rrOf),
    authority: (text.authority ?? []).map(rrOf),
    additional: (text.additional ?? []).map(rrOf),
  }
  return (query) => {
    const message = query.reply({ rcode, ...sections })
    message.flags = (message.flags & ~Flag.AA) | flags
    // It plays the reply of an upstream.
    message.isLocalFailure = false
    return message
  }
}

/** Puts a message into words; records stay in their order. */
export function formatMessage(message: Message): MessageText {
  const { edns } = message
  return {
    rcode: formatRcode(message.rcode),
    flags: formatFlagWords(message.flags),
    answer: message.answer.map(rrText),
    authority: message.authority.map(rrText),
    additional: message.additional.map(rrText),
    edns: edns
      ? {
          udpSize: edns.udpSize,
          do: (edns.flags & EDNS_DO) !== 0,
          options: edns.options.map(({ code, data }) => `${code}:${hexOf(data)}`),
        }
      : null,
  }
}

function rrOf(text: string): Rr {
  return parseRrText(text)
}

/** One space between the fields, for tests are typed by hand. */
function rrText(rr: Rr): string {
  const [owner, ttl, rrClass, type, ...rdata] = formatRr(rr).split('\t')
  return [owner, ttl, rrClass, type, rdata.join('\t')].join(' ')
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
}
