/** Classes (RFC 1035 3.2.4, RFC 2136; RFC 3597 section 5 for the text form of unknown ones). */

/** CLASSes by mnemonic. */
export const Class = { IN: 1, CS: 2, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const

const names = new Map<number, string>(Object.entries(Class).map(([name, code]) => [code, name]))

/** Formats a class as its mnemonic, or `CLASS` and the number where it has none. */
export function formatClass(code: number): string {
  return names.get(code) ?? `CLASS${code}`
}

/** Parses a mnemonic in any case or `CLASSnnn`. */
export function parseClassText(text: string): number | undefined {
  const upper = text.toUpperCase()
  if (Object.hasOwn(Class, upper)) return Class[upper as keyof typeof Class]
  const match = /^CLASS(\d{1,5})$/.exec(upper)
  return match && Number(match[1]) <= 0xffff ? Number(match[1]) : undefined
}
