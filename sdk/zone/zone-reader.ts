/**
 * Reads the text of a zone into its records: owners, TTLs, classes, and the directives $ORIGIN,
 * $TTL, $INCLUDE and $GENERATE (RFC 1035 5.1, RFC 2308 section 4). In steps, so that who reads a
 * large zone can do other things in between.
 */

import { Class, formatClass, parseClassText } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import { MAX_TTL_SECONDS, parseTtlText } from '../record/ttl.ts'
import { EntryScanner } from './entry-scanner.ts'
import { fillTemplate, MAX_GENERATED_SIZE, readRange, readTemplate } from './generate.ts'
import { isDigit, readNameText } from './name-text.ts'
import { quoted, RdataTextReader } from './rdata-text.ts'
import { typeOf } from './type-text.ts'
import { MAX_ZONE_RECORDS, type ZoneData } from './zone-data.ts'
import { ZoneFault } from './zone-fault.ts'

/** How deep files may include each other. */
export const MAX_INCLUDE_DEPTH = 7
/** $INCLUDEs that one zone may have, those of included files among them. */
export const MAX_INCLUDES = 1024

/** A file that the text wants to be read in its place; see {@link ZoneReader.include}. */
export interface Include {
  /** As it stands in the text, or put behind the directory of the file that names it. */
  readonly path: string
  readonly fault: (reason: string, cause: unknown) => ZoneFault
}

/** `more` when the budget was used up; `unchanged` when the SOA has the serial known already. */
export type ReadState = 'more' | 'done' | 'unchanged' | Include

/** A file, or what a $GENERATE made, that is being read. */
interface Frame {
  readonly scanner: EntryScanner
  /** Set for what was generated: the mistake is where the directive stands. */
  readonly generatedAt: ((reason: string, cause: unknown) => ZoneFault) | undefined
  origin: Uint8Array
  /** The TTL of records that have none; -1 when nothing gave one yet. */
  ttlSeconds: number
  /** Whether $TTL gave it; without one it is the TTL of the record before. */
  isTtlFixed: boolean
}

/** Reads one zone. */
export class ZoneReader {
  readonly #data: ZoneData
  readonly #unchangedSerial: number | undefined
  readonly #rdata = new RdataTextReader()
  readonly #frames: Frame[] = []
  readonly #owner = new Uint8Array(256)
  /** The node of the owner at hand; -1 outside of the zone, -2 before the first record. */
  #node = -2
  #includeCount = 0
  #pendingOrigin: Uint8Array | undefined
  /** Records that were passed over because their owners lie outside of the zone. */
  outsideCount = 0
  /** Where the first of them stands. */
  firstOutside = ''

  constructor(data: ZoneData, path: string, text: Uint8Array, unchangedSerial?: number) {
    this.#data = data
    this.#unchangedSerial = unchangedSerial
    this.#open(text, path, data.origin.wire)
  }

  /**
   * Reads on for about `budget` records.
   * @throws ZoneFault for the first mistake.
   */
  read(budget: number): ReadState {
    for (let left = budget; left > 0; left--) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) return 'done'
      try {
        if (!frame.scanner.next()) {
          this.#frames.pop()
          continue
        }
        const state = this.#readEntry(frame)
        if (state !== undefined) return state
      } catch (error) {
        if (!(error instanceof ZoneFault) || frame.generatedAt === undefined) throw error
        throw frame.generatedAt(`${error.reason}, in what $GENERATE makes`, error)
      }
    }
    return 'more'
  }

  /** Gives the text of the file that {@link read} asked for. */
  include(path: string, text: Uint8Array): void {
    const outer = this.#frames.at(-1) as Frame
    this.#open(text, path, this.#pendingOrigin ?? outer.origin)
    this.#pendingOrigin = undefined
  }

  #open(text: Uint8Array, path: string, origin: Uint8Array): void {
    const outer = this.#frames.at(-1)
    this.#frames.push({
      scanner: new EntryScanner(text, path),
      generatedAt: undefined,
      origin,
      ttlSeconds: outer?.ttlSeconds ?? -1,
      isTtlFixed: outer?.isTtlFixed ?? false,
    })
  }

  #readEntry(frame: Frame): ReadState | undefined {
    const { scanner } = frame
    if (scanner.bytes[scanner.starts[0] as number] === 0x24 && scanner.marks[0] === 0) {
      if (frame.generatedAt === undefined) return this.#readDirective(frame)
      throw scanner.fault(0, 'expected a record')
    }
    let token = 0
    if (!scanner.isIndented) this.#readOwner(frame, token++)
    else if (this.#node === -2) {
      throw scanner.fault(0, 'expected an owner: the line begins with a blank, and is the first')
    }
    return this.#readRecord(frame, token)
  }

  #readOwner({ scanner, origin }: Frame, token: number): void {
    const start = scanner.starts[token] as number
    const size = readNameText(
      scanner.bytes,
      start,
      scanner.ends[token] as number,
      origin,
      this.#owner,
      0,
    )
    if (size < 0) {
      throw scanner.fault(token, `expected a domain name, got ${quoted(scanner, token)}`)
    }
    this.#node = this.#data.names.add(this.#owner, 0)
  }

  #readRecord(frame: Frame, token: number): ReadState | undefined {
    const { scanner } = frame
    let ttl = -1
    let hasClass = false
    for (; ; token++) {
      if (token >= scanner.count) {
        throw scanner.fault(token, 'expected a type, but the record ends')
      }
      // TTL and class may come in either order, and either may be absent.
      if (ttl < 0 && isDigit(scanner.bytes[scanner.starts[token] as number] as number)) {
        ttl = this.#readTtl(scanner, token)
        continue
      }
      // Nearly every record says so: it is worth a look of its own.
      if (!hasClass && isClassIn(scanner, token)) {
        hasClass = true
        continue
      }
      const type = typeOf(scanner, token)
      if (type >= 0) return this.#add(frame, token + 1, type, ttl)
      if (hasClass) throw scanner.fault(token, `expected a type, got ${quoted(scanner, token)}`)
      hasClass = true
      const rrClass = parseClassText(scanner.text(token))
      if (rrClass === Class.IN) continue
      throw scanner.fault(
        token,
        rrClass === undefined
          ? `expected a TTL, class or type, got ${quoted(scanner, token)}`
          : `expected class IN, got ${formatClass(rrClass)}`,
      )
    }
  }

  #add(frame: Frame, token: number, type: number, ttl: number): ReadState | undefined {
    const { scanner } = frame
    const size = this.#rdata.read(scanner, token, type, frame.origin)
    if (ttl < 0) ttl = frame.ttlSeconds
    else if (!frame.isTtlFixed) frame.ttlSeconds = ttl
    if (ttl < 0) {
      throw scanner.fault(0, 'expected a TTL: there is no $TTL, and no record before has one')
    }
    const node = this.#node
    if (node < 0) {
      if (this.outsideCount++ === 0) this.firstOutside = scanner.fault(0, '').message.slice(0, -2)
      return undefined
    }
    const addition = this.#data.addTo(node, type, ttl, this.#rdata.octets, 0, size)
    if (addition === 'second-soa') throw scanner.fault(0, 'a second SOA record, unlike the first')
    if (addition === 'nsec3') {
      throw scanner.fault(0, 'NSEC3 is not supported: sign the zone with NSEC instead')
    }
    if (addition === 'too-many') {
      throw scanner.fault(0, `a zone has at most ${MAX_ZONE_RECORDS} records`)
    }
    if (type === Type.SOA && this.#data.serial === this.#unchangedSerial) return 'unchanged'
    return undefined
  }

  #readTtl(scanner: EntryScanner, token: number): number {
    const seconds = parseDigits(scanner, token) ?? parseTtlText(scanner.text(token))
    if (seconds !== undefined && seconds <= MAX_TTL_SECONDS) return seconds
    const expected = `expected a TTL of at most ${MAX_TTL_SECONDS} seconds, or a time like 1h30m`
    throw scanner.fault(token, `${expected}, got ${quoted(scanner, token)}`)
  }

  #readDirective(frame: Frame): ReadState | undefined {
    const { scanner } = frame
    const keyword = scanner.text(0).toUpperCase()
    switch (keyword) {
      case '$ORIGIN':
        checkCount(scanner, 2, 2, 'a domain name')
        frame.origin = this.#readOrigin(frame, 1)
        return undefined
      case '$TTL':
        checkCount(scanner, 2, 2, 'a TTL')
        frame.ttlSeconds = this.#readTtl(scanner, 1)
        frame.isTtlFixed = true
        return undefined
      case '$INCLUDE':
        return this.#readInclude(frame)
      case '$GENERATE':
        this.#generate(frame)
        return undefined
      default:
        throw scanner.fault(
          0,
          `expected a record, $ORIGIN, $TTL, $INCLUDE or $GENERATE, got ${quoted(scanner, 0)}`,
        )
    }
  }

  #readOrigin({ scanner, origin }: Frame, token: number): Uint8Array {
    const name = new Uint8Array(256)
    const [start, end] = [scanner.starts[token] as number, scanner.ends[token] as number]
    const size = readNameText(scanner.bytes, start, end, origin, name, 0)
    if (size < 0) {
      throw scanner.fault(token, `expected a domain name, got ${quoted(scanner, token)}`)
    }
    return name.slice(0, size)
  }

  #readInclude(frame: Frame): Include {
    const { scanner } = frame
    checkCount(scanner, 2, 3, 'a file')
    if (this.#frames.length > MAX_INCLUDE_DEPTH) {
      throw scanner.fault(0, `$INCLUDE is nested more than ${MAX_INCLUDE_DEPTH} deep`)
    }
    if (++this.#includeCount > MAX_INCLUDES) {
      throw scanner.fault(0, `a zone has at most ${MAX_INCLUDES} $INCLUDEs`)
    }
    if (scanner.count > 2) this.#pendingOrigin = this.#readOrigin(frame, 2)
    const named = scanner.text(1)
    const directory = scanner.path.slice(0, scanner.path.lastIndexOf('/') + 1)
    return {
      path: named.startsWith('/') ? named : directory + named,
      fault: (reason, cause) => scanner.fault(1, reason, cause),
    }
  }

  #generate(frame: Frame): void {
    const { scanner } = frame
    if (scanner.count < 4) throw scanner.fault(scanner.count, 'expected range, owner, type, RDATA')
    const range = readRange(scanner.text(1))
    if (typeof range === 'string') throw scanner.fault(1, range)
    let text = ''
    for (let token = 2; token < scanner.count; token++) {
      const mark = scanner.marks[token] as number
      const word = scanner.text(token)
      text += `${(mark & 2) !== 0 || token === 2 ? '' : ' '}${(mark & 1) !== 0 ? `"${word}"` : word}`
    }
    const template = readTemplate(text)
    if (typeof template === 'string') throw scanner.fault(2, template)
    // Each number may be longer than what stands for it: 255 octets is the widest.
    if ((text.length + 64) * range.count > MAX_GENERATED_SIZE) {
      throw scanner.fault(0, `$GENERATE makes at most ${MAX_GENERATED_SIZE} octets of text`)
    }
    const lines: string[] = []
    for (let i = 0; i < range.count; i++) {
      const line = fillTemplate(template, range.start + i * range.step)
      if (line === undefined) throw scanner.fault(2, '$GENERATE makes a negative number')
      lines.push(line)
    }
    const generated = scanner.fault(0, '')
    this.#frames.push({
      ...frame,
      scanner: new EntryScanner(new TextEncoder().encode(lines.join('\n')), scanner.path),
      generatedAt: (reason, cause) =>
        new ZoneFault(reason, generated.path, generated.line, generated.column, cause),
    })
  }
}

function checkCount(scanner: EntryScanner, least: number, most: number, expected: string): void {
  if (scanner.count < least) throw scanner.fault(scanner.count, `expected ${expected}`)
  if (scanner.count > most) {
    throw scanner.fault(most, `expected the end of the line, got ${quoted(scanner, most)}`)
  }
}

/** Whether a token is `IN`, in any case. */
function isClassIn({ bytes, starts, ends }: EntryScanner, token: number): boolean {
  const start = starts[token] as number
  if ((ends[token] as number) - start !== 2) return false
  return (
    ((bytes[start] as number) | 0x20) === 0x69 && ((bytes[start + 1] as number) | 0x20) === 0x6e
  )
}

/** Reads a number without units; undefined when it is none. */
function parseDigits({ bytes, starts, ends }: EntryScanner, token: number): number | undefined {
  const end = ends[token] as number
  let value = 0
  for (let at = starts[token] as number; at < end; at++) {
    if (!isDigit(bytes[at] as number) || value > MAX_TTL_SECONDS) return undefined
    value = value * 10 + (bytes[at] as number) - 0x30
  }
  return value
}
