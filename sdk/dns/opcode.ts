/** Kinds of query (RFC 1035 4.1.1, RFC 1996, RFC 2136; IANA "DNS OpCodes"). */

/** OPCODEs by mnemonic. */
export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const
