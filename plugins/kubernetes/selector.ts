/** Label selectors as Kubernetes writes them: `a=b, c!=d, e in (f, g), h notin (i), j, !k`. */

/** Tells whether labels are selected. */
export type Selector = (labels: Readonly<Record<string, unknown>>) => boolean

const KEY = String.raw`((?:[a-z\d.-]+/)?[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?)`
const VALUE = String.raw`((?:[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?)?)`
const equality = new RegExp(`^${KEY}\\s*(==|=|!=)\\s*${VALUE}$`)
const set = new RegExp(`^${KEY}\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const presence = new RegExp(`^(!?)\\s*${KEY}$`)
const value = new RegExp(`^${VALUE}$`)

/** Reads a selector; undefined when it is none. */
export function parseSelector(text: string): Selector | undefined {
  const selectors: Selector[] = []
  // Commas inside of parentheses separate values.
  for (const part of text.split(/,(?![^()]*\))/)) {
    const selector = parseRequirement(part.trim())
    if (selector === undefined) return undefined
    selectors.push(selector)
  }
  return (labels) => selectors.every((selector) => selector(labels))
}

function parseRequirement(text: string): Selector | undefined {
  const [, key = '', operator, wanted] = equality.exec(text) ?? []
  if (operator !== undefined) {
    return (labels) => (labels[key] === wanted) === (operator !== '!=')
  }
  const [, setKey = '', kind, list] = set.exec(text) ?? []
  if (list !== undefined) {
    const values = list.split(',').map((one) => one.trim())
    if (!values.every((one) => value.test(one))) return undefined
    return (labels) => values.includes(String(labels[setKey] ?? '\0')) === (kind === 'in')
  }
  const [, not, present] = presence.exec(text) ?? []
  if (present === undefined) return undefined
  return (labels) => Object.hasOwn(labels, present) === (not === '')
}
