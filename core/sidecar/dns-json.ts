/** Messages as JSON, in the shape that Google's and Cloudflare's resolvers have. */

import {
  Class,
  composeQuery,
  EDNS_DO,
  EdnsOption,
  type Exchange,
  Flag,
  formatRdata,
  formatType,
  type Message,
  type Name,
  parseExtendedError,
  type Rr,
} from '@fingerpost/sdk'
import { HttpFault } from './http-fault.ts'
import { isQuestionType } from './input.ts'

/** A question in JSON form, read. */
export interface JsonQuestion {
  readonly name: Name
  readonly type: number
  /** Sets CD. */
  readonly cd: boolean
  /** Sets DO. */
  readonly do: boolean
}

/** A message in JSON form. */
export interface JsonMessage {
  readonly Status: number
  readonly TC: boolean
  readonly RD: boolean
  readonly RA: boolean
  readonly AD: boolean
  readonly CD: boolean
  readonly Question: readonly { readonly name: string; readonly type: number }[]
  readonly Answer?: readonly JsonRr[]
  readonly Authority?: readonly JsonRr[]
  readonly Additional?: readonly JsonRr[]
  /** What extended errors say (RFC 8914). */
  readonly Comment?: readonly string[]
}

export interface JsonRr {
  readonly name: string
  readonly type: number
  readonly TTL: number
  /** RDATA in presentation form. */
  readonly data: string
}

/**
 * The message that asks a question.
 * @throws HttpFault for a type that can't be asked for
 */
export function composeJsonQuery(question: JsonQuestion): Uint8Array {
  if (!isQuestionType(question.type)) {
    const type = formatType(question.type)
    throw new HttpFault(400, 'bad-input', `type: ${type} can not be asked for here`)
  }
  // With EDNS, so that extended errors come along.
  const edns = { udpSize: 0xffff, flags: question.do ? EDNS_DO : 0, options: [] }
  const query = composeQuery({
    id: 0,
    flags: Flag.RD | (question.cd ? Flag.CD : 0),
    qname: question.name,
    qtype: question.type,
    qclass: Class.IN,
    edns,
    exchange: nobody,
    depth: 0,
  })
  return query.wire
}

/** A response in JSON form. Sections without records are left out. */
export function describeMessage(message: Message): JsonMessage {
  const { flags, edns } = message
  const has = (flag: number): boolean => (flags & flag) !== 0
  const answer = message.answer.map(describeRr)
  const authority = message.authority.map(describeRr)
  const additional = message.additional.map(describeRr)
  const comment = (edns?.options ?? []).flatMap(({ code, data }) => {
    const error = code === EdnsOption.EDE ? parseExtendedError(data) : undefined
    return error === undefined ? [] : [`EDE ${error.infoCode}: ${error.text ?? ''}`]
  })
  return {
    Status: message.rcode,
    TC: has(Flag.TC),
    RD: has(Flag.RD),
    RA: has(Flag.RA),
    AD: has(Flag.AD),
    CD: has(Flag.CD),
    Question:
      message.questionCount === 0 ? [] : [{ name: message.qname.toString(), type: message.qtype }],
    ...(answer.length > 0 && { Answer: answer }),
    ...(authority.length > 0 && { Authority: authority }),
    ...(additional.length > 0 && { Additional: additional }),
    ...(comment.length > 0 && { Comment: comment }),
  }
}

function describeRr({ owner, type, ttlSeconds, rdata }: Rr): JsonRr {
  return { name: owner.toString(), type, TTL: ttlSeconds, data: formatRdata(type, rdata) }
}

/** The message is sent on as octets: who asks is for the server to say. */
const nobody: Exchange = {
  listener: { index: 0, transport: 'https', address: '', port: 0, label: '' },
  clientAddress: '',
  clientPort: 0,
}
