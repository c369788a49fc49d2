/**
 * Whole messages: composing queries and scripted responses, parsing what a server sends. It shares
 * no code with the SDK, whose errors it is meant to show. RFC 1035 4.1, RFC 6891 6.1.
 */

import { classes, opcodes, rcodes, rrTypes } from './mnemonics.ts'
import { composeName, parseName } from './name.ts'
import { composeRdata, formatRdata } from './rdata.ts'
import { WireReader } from './wire-reader.ts'

/** A flag of the header, in the order in which recordings list them. */
export type Flag = 'qr' | 'aa' | 'tc' | 'rd' | 'ra' | 'z' | 'ad' | 'cd'

/** A question; `type` and `class` are mnemonics. */
export interface Question {
  readonly name: string
  readonly type: string
  readonly class: string
}

/** The three sections of records, by name. */
export const sectionNames = ['answer', 'authority', 'additional'] as const

/** The name of a section of records. */
export type SectionName = (typeof sectionNames)[number]

/** The content of an OPT record; `options` are written `CODE:HEX`. */
export interface Opt {
  readonly size: number
  readonly version: number
  readonly do: boolean
  readonly options: readonly string[]
}

/** What to compose; records are text, `OWNER TTL CLASS TYPE RDATA…`. */
export interface MessageDraft {
  readonly id: number
  readonly opcode?: string | undefined
  readonly rcode?: string | undefined
  readonly flags?: readonly Flag[] | undefined
  readonly question?: Question | undefined
  readonly answer?: readonly string[] | undefined
  readonly authority?: readonly string[] | undefined
  readonly additional?: readonly string[] | undefined
  readonly edns?: Partial<Opt> | undefined
  /** Replaces owners that occurred before by compression pointers. */
  readonly compress?: boolean | undefined
}

/** A record in presentation form, in parts. */
export interface RecordText {
  readonly owner: string
  readonly ttlSeconds: number
  readonly class: string
  readonly type: string
  readonly rdata: string
}

/** A parsed message; `rcode` includes OPT's upper bits, and OPT isn't among the records. */
export interface ParsedMessage {
  readonly id: number
  readonly opcode: string
  readonly rcode: string
  readonly flags: readonly Flag[]
  readonly questions: readonly Question[]
  readonly sections: Readonly<Record<SectionName, readonly RecordText[]>>
  readonly opt: Opt | undefined
}

const flagBits: Readonly<Record<Flag, number>> = {
  qr: 0x8000,
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  z: 0x0040,
  ad: 0x0020,
  cd: 0x0010,
}
const allFlags = Object.keys(flagBits) as Flag[]
const headerOctets = 12

/** Composes a message; throws when a record or mnemonic isn't understood. */
export function composeMessage(draft: MessageDraft): Buffer {
  const rcode = rcodes.parseText(draft.rcode ?? 'NOERROR')
  const records = sectionNames.map((section) => draft[section] ?? [])
  const counts = records.map((texts) => texts.length)
  if (draft.edns !== undefined) counts[2] = (counts[2] ?? 0) + 1
  let bits = (opcodes.parseText(draft.opcode ?? 'QUERY') << 11) | (rcode & 0xf)
  for (const flag of draft.flags ?? []) bits |= flagBits[flag]

  const head = Buffer.concat([
    words16(draft.id, bits, draft.question === undefined ? 0 : 1, ...counts),
    draft.question === undefined ? Buffer.alloc(0) : composeQuestion(draft.question),
  ])
  const wires = records.flat().map(composeRecord)
  const body = draft.compress ? compressOwners(wires, head) : wires
  const opt = draft.edns === undefined ? [] : [composeOpt(draft.edns, rcode >> 4)]
  return Buffer.concat([head, ...body, ...opt])
}

/** Parses a whole message; throws an Error that says what is wrong with a malformed one. */
export function parseMessage(message: Buffer): ParsedMessage {
  if (message.length < headerOctets) throw new Error(`${message.length} octets are no header`)
  const reader = new WireReader(message, 0, message.length)
  const id = reader.u16()
  const bits = reader.u16()
  const questionCount = reader.u16()
  const recordCounts = sectionNames.map(() => reader.u16())
  const questions = Array.from({ length: questionCount }, () => parseQuestion(reader))
  const sections: Record<SectionName, RecordText[]> = { answer: [], authority: [], additional: [] }
  let opt: Opt | undefined
  let upperRcode = 0
  for (const [i, section] of sectionNames.entries()) {
    for (let left = recordCounts[i] ?? 0; left > 0; left--) {
      const record = parseRecord(reader, message)
      if ('owner' in record) {
        sections[section].push(record)
        continue
      }
      if (opt !== undefined) throw new Error('two OPT records')
      opt = record.opt
      upperRcode = record.upperRcode
    }
  }
  if (!reader.isAtEnd) throw new Error(`${reader.rest().length} octets after the last record`)
  return {
    id,
    opcode: opcodes.format((bits >> 11) & 0xf),
    rcode: rcodes.format((upperRcode << 4) | (bits & 0xf)),
    flags: allFlags.filter((flag) => bits & flagBits[flag]),
    questions,
    sections,
    opt,
  }
}

/** Splits at spaces; a word in quotes may hold spaces and keeps its escapes. */
export function recordWords(text: string): string[] {
  const words = text.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)
  return Array.from(words, ([, quoted, plain]) => plain ?? quoted ?? '')
}

function composeRecord(text: string): Buffer {
  const [owner, ttlSeconds, qclass, type, ...words] = recordWords(text)
  if (owner === undefined || ttlSeconds === undefined || qclass === undefined || !type) {
    throw new Error(`not a record: "${text}"`)
  }
  const rdata = composeRdata(type, words)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(rrTypes.parseText(type), 0)
  fixed.writeUInt16BE(classes.parseText(qclass), 2)
  fixed.writeUInt32BE(Number(ttlSeconds), 4)
  fixed.writeUInt16BE(rdata.length, 8)
  return Buffer.concat([composeName(owner), fixed, rdata])
}

function composeQuestion({ name, type, class: qclass }: Question): Buffer {
  const fixed = words16(rrTypes.parseText(type), classes.parseText(qclass))
  return Buffer.concat([composeName(name), fixed])
}

/** Points owners at an earlier equal name: the question, an owner, or a CNAME's target. */
function compressOwners(records: readonly Buffer[], head: Buffer): Buffer[] {
  const offsets = new Map([[head.toString('latin1', headerOctets, head.length - 4), headerOctets]])
  let at = head.length
  return records.map((record) => {
    const owner = record.subarray(0, parseName(record, 0).end)
    const rest = record.subarray(owner.length)
    const known = offsets.get(owner.toString('latin1'))
    if (known === undefined) offsets.set(owner.toString('latin1'), at)
    const composed = Buffer.concat([known === undefined ? owner : words16(0xc000 | known), rest])
    at += composed.length
    const target = rest.subarray(10)
    if (rrTypes.format(rest.readUInt16BE()) === 'CNAME') {
      offsets.set(target.toString('latin1'), at - target.length)
    }
    return composed
  })
}

function composeOpt(edns: Partial<Opt>, upperRcode: number): Buffer {
  const options = (edns.options ?? []).map((option) => {
    const [code, hex = ''] = option.split(':')
    const value = Buffer.from(hex, 'hex')
    return Buffer.concat([words16(Number(code), value.length), value])
  })
  const rdata = Buffer.concat(options)
  const ttl = Buffer.of(upperRcode, edns.version ?? 0, edns.do ? 0x80 : 0, 0)
  const root = Buffer.of(0)
  return Buffer.concat([
    root,
    words16(rrTypes.parseText('OPT'), edns.size ?? 1232),
    ttl,
    words16(rdata.length),
    rdata,
  ])
}

function parseQuestion(reader: WireReader): Question {
  const name = reader.name()
  return { name, type: rrTypes.format(reader.u16()), class: classes.format(reader.u16()) }
}

function parseRecord(
  reader: WireReader,
  message: Buffer,
): RecordText | { opt: Opt; upperRcode: number } {
  const owner = reader.name()
  const type = rrTypes.format(reader.u16())
  const classValue = reader.u16()
  const ttlSeconds = reader.u32()
  const rdataOctets = reader.u16()
  const start = reader.offset
  const end = start + reader.take(rdataOctets).length
  if (type === 'OPT') {
    const opt = {
      size: classValue,
      version: (ttlSeconds >>> 16) & 0xff,
      do: (ttlSeconds & 0x8000) !== 0,
      options: parseOptions(new WireReader(message, start, end)),
    }
    return { opt, upperRcode: ttlSeconds >>> 24 }
  }
  const rdata = formatRdata(type, message, start, end)
  return { owner, ttlSeconds, class: classes.format(classValue), type, rdata }
}

function parseOptions(reader: WireReader): string[] {
  const options: string[] = []
  while (!reader.isAtEnd) {
    const code = reader.u16()
    options.push(`${code}:${reader.take(reader.u16()).toString('hex')}`)
  }
  return options
}

function words16(...values: number[]): Buffer {
  const octets = Buffer.alloc(values.length * 2)
  for (const [i, value] of values.entries()) octets.writeUInt16BE(value, i * 2)
  return octets
}
