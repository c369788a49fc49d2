/** RDATA and records of every type: octets, typed form, text (RFC 1035 5.1, RFC 3597). */

import {
  composeRdata,
  formatRdata,
  formatRr,
  parseRdata,
  parseRdataText,
  parseRrText,
  type Random,
  rdataCodec,
} from '@fingerpost/sdk'
import { ARBITRARY_TYPES, arbitraryOctets, arbitraryRr } from '../../sdk/record/arbitrary.ts'
import { mutate, mutateText, pick } from './mutate.ts'
import { ensure, sameOctets, type Target } from './target.ts'

const BITS = [
  '"',
  '\\',
  '(',
  ')',
  ';',
  '\n',
  ' ',
  '\t',
  '\\#',
  '@',
  '.',
  '0',
  '-1',
  '65536',
  '$',
  '=',
]
const RECORDS = [
  'www 1h IN TXT "a b"',
  '@ IN SOA ns host ( 1 2h 3m 1w 0 )',
  'a. TYPE65280 \\# 3 abcdef',
  'b. 300 SVCB 1 . alpn=h2,h3 port=8443',
]

/** RDATA in octets behind the two octets of its type. */
export const rdataTarget: Target = {
  name: 'rdata',
  input: 'type and RDATA',
  share: 150,
  prepare: (random) => ({ next: () => nextRdata(random), check: checkRdata }),
}

/** Records in text. */
export const recordTextTarget: Target = {
  name: 'records-text',
  input: 'text',
  share: 100,
  prepare: (random) => ({
    next: () => {
      const base =
        random.below(4) === 0
          ? pick(random, RECORDS)
          : formatRr(arbitraryRr(random, pick(random, ARBITRARY_TYPES)))
      return new TextEncoder().encode(mutateText(random, base, BITS, RECORDS))
    },
    check: (input) => checkRecordText(new TextDecoder().decode(input)),
  }),
}

function nextRdata(random: Random): Uint8Array {
  const rr = arbitraryRr(random, pick(random, ARBITRARY_TYPES))
  const kind = random.below(8)
  let { rdata } = rr
  if (kind < 5) rdata = mutate(random, rdata)
  else if (kind === 5) rdata = arbitraryOctets(random, 0, 64)
  // Now and then the RDATA of another type, or of one that nobody knows.
  const type =
    kind === 6 ? random.uint16() : kind === 7 ? pick(random, ARBITRARY_TYPES) : (rr.type as number)
  return Uint8Array.of(type >> 8, type & 0xff, ...rdata)
}

function checkRdata(input: Uint8Array): void {
  if (input.length < 2) return
  const type = ((input[0] as number) << 8) | (input[1] as number)
  const rdata = input.subarray(2)
  // Types without a codec have no typed form.
  const isKnown = rdataCodec(type) !== undefined
  const data = isKnown ? parseRdata(type as 1, rdata) : undefined
  if (data !== undefined) {
    ensure(sameOctets(composeRdata(type as 1, data), rdata), 'composes otherwise')
  }
  const text = formatRdata(type, rdata)
  ensure(/^[\x20-\x7e]*$/.test(text), `'${text}' cannot be printed`)
  // RFC 3597 section 5: the generic form of a known type must be what the type says.
  if (isKnown && data === undefined) ensure(text.startsWith('\\# '), `'${text}' is not generic`)
  else ensure(sameOctets(parseRdataText(type, text), rdata), `'${text}' reads otherwise`)
}

function checkRecordText(text: string): void {
  let rr: ReturnType<typeof parseRrText>
  try {
    rr = parseRrText(text)
  } catch (error) {
    if (error instanceof RangeError) return
    throw error
  }
  const normal = formatRr(rr)
  const again = parseRrText(normal)
  ensure(sameOctets(again.rdata, rr.rdata), `'${normal}' reads otherwise`)
  ensure(again.owner.equals(rr.owner) && again.type === rr.type, `'${normal}' is another record`)
  ensure(again.ttlSeconds === rr.ttlSeconds, `'${normal}' has another TTL`)
}
