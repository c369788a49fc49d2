/** Queries for tests, as clients of all kinds send them. */

import { parseClassText } from '../dns/class.ts'
import { parseTypeText } from '../dns/type.ts'
import { EDNS_DO, type EdnsOptionData } from '../wire/edns.ts'
import { Flag } from '../wire/header.ts'
import { Name } from '../wire/name.ts'
import { composeQuery, type Listener, type Query, type Transport } from '../wire/query.ts'

/** What a query of a test says besides its name and type. */
export interface QueryOptions {
  /** UDP by default. */
  readonly transport?: Transport
  /** An OPT record: `true` for 1232 octets, or a payload size, or its parts. */
  readonly edns?: true | number | EdnsParts | undefined
  /** Words of `rd cd ad tc aa` or the 16 bits; `rd` by default. */
  readonly flags?: string | number
  /** The client's address; 192.0.2.100 by default. */
  readonly client?: string
  readonly clientPort?: number
  /** A mnemonic or number; IN by default. */
  readonly qclass?: string | number
  readonly opcode?: number
  readonly id?: number
  readonly depth?: number
  /** The listener that took the query; one of `transport` by default. */
  readonly listener?: Listener
}

/** The parts of an OPT record. */
export interface EdnsParts {
  /** 1232 by default. */
  readonly size?: number
  readonly do?: boolean
  readonly version?: number
  readonly options?: readonly EdnsOptionData[]
}

const FLAG_WORDS = { aa: Flag.AA, tc: Flag.TC, rd: Flag.RD, ra: Flag.RA, ad: Flag.AD, cd: Flag.CD }

/**
 * Makes a query. `name` may hold all of the question.
 *
 * @example makeQuery('www.example.org', 'A', { edns: 1232 })
 * @example makeQuery('version.bind CH TXT')
 */
export function makeQuery(name: string, type?: string | number, options: QueryOptions = {}): Query {
  const question = parseQuestion(name, type, options.qclass)
  const transport = options.transport ?? options.listener?.transport ?? 'udp'
  const edns = ednsParts(options.edns)
  return composeQuery({
    id: options.id ?? 4711,
    flags: parseFlagWords(options.flags ?? 'rd') | ((options.opcode ?? 0) << 11),
    ...question,
    edns: edns && {
      udpSize: edns.size ?? 1232,
      version: edns.version ?? 0,
      flags: edns.do === true ? EDNS_DO : 0,
      options: edns.options ?? [],
    },
    exchange: {
      listener: options.listener ?? fakeListener({ transport }),
      clientAddress: options.client ?? '192.0.2.100',
      clientPort: options.clientPort ?? 40_000,
    },
    depth: options.depth ?? 0,
  })
}

const LABEL_SCHEMES = { udp: 'dns', tcp: 'dns', tls: 'tls', https: 'https' } as const
const PORTS = { udp: 53, tcp: 53, tls: 853, https: 443 } as const
const INDEXES = { udp: 0, tcp: 1, tls: 2, https: 3 } as const

/** A listener; by default `dns://:53` over UDP with index 0, and alike for other transports. */
export function fakeListener(parts: Partial<Listener> = {}): Listener {
  const transport = parts.transport ?? 'udp'
  const port = parts.port ?? PORTS[transport]
  const address = parts.address ?? ''
  return {
    index: INDEXES[transport],
    transport,
    address,
    port,
    label: `${LABEL_SCHEMES[transport]}://${address}:${port}`,
    ...parts,
  }
}

/** Reads words such as `aa rd`; `qr` may be among them and says nothing. */
export function parseFlagWords(words: string | number): number {
  if (typeof words === 'number') return words
  let flags = 0
  for (const word of words.split(' ')) {
    if (word === '' || word === 'qr') continue
    if (!Object.hasOwn(FLAG_WORDS, word)) throw new RangeError(`'${word}' is not a flag`)
    flags |= FLAG_WORDS[word as keyof typeof FLAG_WORDS]
  }
  return flags
}

/** Formats flags as words in the order of the header, without `qr`. */
export function formatFlagWords(flags: number): string {
  return Object.entries(FLAG_WORDS)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([word]) => word)
    .join(' ')
}

function parseQuestion(
  text: string,
  type: string | number | undefined,
  qclass: string | number | undefined,
): { qname: Name; qtype: number; qclass: number } {
  const words = text.split(' ')
  const qname = Name.parseText(words[0] as string)
  const typeText = type ?? words[words.length - 1] ?? 'A'
  const classText = qclass ?? (words.length === 3 ? (words[1] as string) : 1)
  const isLone = words.length === 1 && type === undefined
  const qtype = isLone ? 1 : typeof typeText === 'number' ? typeText : parseTypeText(typeText)
  const parsedClass = typeof classText === 'number' ? classText : parseClassText(classText)
  if (qtype === undefined) throw new RangeError(`'${typeText}' is not a type`)
  if (parsedClass === undefined) throw new RangeError(`'${classText}' is not a class`)
  return { qname, qtype, qclass: parsedClass }
}

function ednsParts(edns: QueryOptions['edns']): EdnsParts | undefined {
  if (edns === true) return {}
  return typeof edns === 'number' ? { size: edns } : edns
}
