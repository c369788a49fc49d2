/** Response codes (RFC 1035 4.1.1, RFC 2136, RFC 6891, RFC 8945; IANA "DNS RCODEs"). */

/** RCODEs by mnemonic; values above 15 need an OPT record to be carried. */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const

const names = new Map<number, string>(Object.entries(Rcode).map(([name, code]) => [code, name]))

/** Formats an RCODE as its mnemonic, or `RCODE` and the number where it has none. */
export function formatRcode(rcode: number): string {
  return names.get(rcode) ?? `RCODE${rcode}`
}

/** Parses a mnemonic in any case; `BADSIG` is BADVERS's twin (16). */
export function parseRcodeText(text: string): number | undefined {
  const upper = text.toUpperCase()
  if (upper === 'BADSIG') return Rcode.BADVERS
  return Object.hasOwn(Rcode, upper) ? Rcode[upper as keyof typeof Rcode] : undefined
}
