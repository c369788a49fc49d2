/** The `{placeholders}` of recordings: ports, the scratch directory, upstreams' addresses. */

/** What to put in the place of each name. */
export type PlaceholderValues = Readonly<Record<string, string>>

/** Replaces the known `{name}`s in every string of a value, expectations aside. */
export function fillPlaceholders<T>(value: T, values: PlaceholderValues): T {
  const fill = (item: unknown): unknown => {
    if (typeof item === 'string') return fillText(item, values)
    if (Array.isArray(item)) return item.map(fill)
    if (item === null || typeof item !== 'object') return item
    const entries = Object.entries(item)
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, key === 'expect' ? inner : fill(inner)]),
    )
  }
  return fill(value) as T
}

/** The names of the ports that a recording mentions; `port` is always one of them. */
export function portNames(recording: unknown): string[] {
  const mentioned = JSON.stringify(recording).matchAll(/\{(port\d*)\}/g)
  return [...new Set(['port', ...Array.from(mentioned, ([, name = '']) => name)])]
}

/** Puts `{name}` back in the place of values, so that texts of different runs compare equal. */
export function unfillText(text: string, values: PlaceholderValues): string {
  return Object.entries(values).reduce(
    (unfilled, [name, value]) => unfilled.replaceAll(value, `{${name}}`),
    text,
  )
}

function fillText(text: string, values: PlaceholderValues): string {
  return text.replace(/\{([a-z]+\d*)\}/g, (whole, name: string) => values[name] ?? whole)
}
