/** TTLs and other times in zone text: seconds, or numbers with units (RFC 2308 section 4 as BIND writes it). */

/** The greatest TTL (RFC 2181 section 8). */
export const MAX_TTL_SECONDS = 0x7fffffff

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** Reads `300`, `1h30m` or `1W`; undefined when it is no time. */
export function parseTtlText(text: string): number | undefined {
  if (!/^(?:\d{1,10}[smhdw])*\d{1,10}[smhdw]?$/i.test(text)) return undefined
  let total = 0
  for (const [, digits, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)) {
    total += Number(digits) * (unitSeconds[unit || 's'] as number)
  }
  return total
}
