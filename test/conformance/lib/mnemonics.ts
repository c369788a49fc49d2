/**
 * Mnemonics of RR types, classes, opcodes and rcodes as the recordings write them.
 * RFC 1035 3.2, RFC 3597 5 (TYPEnnn, CLASSnnn), RFC 6895.
 */

/** One registry: mnemonic to number and back; a number without a mnemonic is written PREFIXnnn. */
export interface Mnemonics {
  /** Reads a mnemonic or PREFIXnnn; throws an Error for anything else. */
  parseText(word: string): number
  format(value: number): string
}

/** RR types, meta types included. */
export const rrTypes: Mnemonics = mnemonics('TYPE', {
  ...{ A: 1, NS: 2, MD: 3, MF: 4, CNAME: 5, SOA: 6, MB: 7, MG: 8, MR: 9, NULL: 10, PTR: 12 },
  ...{ HINFO: 13, MINFO: 14, MX: 15, TXT: 16, RP: 17, AFSDB: 18, X25: 19, ISDN: 20, RT: 21 },
  ...{ SIG: 24, KEY: 25, PX: 26, AAAA: 28, LOC: 29, SRV: 33, NAPTR: 35, KX: 36, CERT: 37 },
  ...{ DNAME: 39, OPT: 41, APL: 42, DS: 43, SSHFP: 44, IPSECKEY: 45, RRSIG: 46, NSEC: 47 },
  ...{ DNSKEY: 48, DHCID: 49, NSEC3: 50, NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55 },
  ...{ CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65 },
  ...{ SPF: 99, NID: 104, L32: 105, L64: 106, LP: 107, EUI48: 108, EUI64: 109, TKEY: 249 },
  ...{ TSIG: 250, IXFR: 251, AXFR: 252, MAILB: 253, MAILA: 254, ANY: 255, URI: 256, CAA: 257 },
})

/** Classes, including those that only occur in questions and updates. */
export const classes: Mnemonics = mnemonics('CLASS', {
  ...{ IN: 1, CS: 2, CH: 3, HS: 4, NONE: 254, ANY: 255 },
})

/** Opcodes. */
export const opcodes: Mnemonics = mnemonics('OPCODE', {
  ...{ QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 },
})

/** Rcodes with the upper bits that OPT carries. */
export const rcodes: Mnemonics = mnemonics('RCODE', {
  ...{ NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, YXDOMAIN: 6 },
  ...{ YXRRSET: 7, NXRRSET: 8, NOTAUTH: 9, NOTZONE: 10, BADVERS: 16, BADKEY: 17, BADTIME: 18 },
  ...{ BADMODE: 19, BADNAME: 20, BADALG: 21, BADTRUNC: 22, BADCOOKIE: 23 },
})

function mnemonics(prefix: string, table: Readonly<Record<string, number>>): Mnemonics {
  const values = new Map(Object.entries(table))
  const words = new Map(Object.entries(table).map(([word, value]) => [value, word]))
  const generic = new RegExp(`^${prefix}(\\d{1,5})$`)
  return {
    parseText(word) {
      const value = values.get(word) ?? generic.exec(word)?.[1]
      if (value === undefined) throw new Error(`unknown ${prefix.toLowerCase()} "${word}"`)
      return Number(value)
    },
    format: (value) => words.get(value) ?? prefix + value,
  }
}
