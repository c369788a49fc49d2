/** The vocabulary of DNS as words: RCODEs, TYPEs and CLASSes by mnemonic, in any case. */

import { Class, formatClass, parseClassText } from '../../dns/class.ts'
import { formatRcode, parseRcodeText, Rcode } from '../../dns/rcode.ts'
import { formatType, parseTypeText, Type } from '../../dns/type.ts'
import type { Word } from '../schema.ts'
import { word } from '../word.ts'

/** An RCODE by mnemonic, as its number. */
export const rcode: Word<number> = word<number>({
  expects: 'a response code',
  name: 'RCODE',
  example: 'NXDOMAIN',
  choices: Object.keys(Rcode),
  format: formatRcode,
  parse: (text, refuse) => parseRcodeText(text) ?? refuse(),
})

/** A TYPE or QTYPE by mnemonic or as `TYPEnnn` (RFC 3597), as its number. */
export const rrType: Word<number> = word<number>({
  expects: 'a record type',
  name: 'TYPE',
  example: 'AAAA',
  choices: Object.keys(Type),
  format: formatType,
  parse: (text, refuse) => parseTypeText(text) ?? refuse(),
})

/** A CLASS by mnemonic or as `CLASSnnn` (RFC 3597), as its number. */
export const rrClass: Word<number> = word<number>({
  expects: 'a class',
  name: 'CLASS',
  example: 'IN',
  choices: Object.keys(Class),
  format: formatClass,
  parse: (text, refuse) => parseClassText(text) ?? refuse(),
})
