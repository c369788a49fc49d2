/** Label and field selectors of the Kubernetes API, as far as DNS servers use them. */

import type { KubeObject } from './kube-store.ts'

/** Tells whether labels satisfy a selector such as `a=b,c!=d,e in (f,g),h,!i`. */
export function matchesLabels(
  selector: string,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  // A comma within parentheses belongs to a list of values.
  const requirements = selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  return requirements.every((requirement) => isSatisfied(requirement.trim(), labels))
}

/** Tells whether an object satisfies a selector such as `status.phase!=Failed`. */
export function matchesFields(selector: string, object: KubeObject): boolean {
  return selector.split(',').every((requirement) => {
    const [, path = '', operator, value] = /^\s*([^=!]+)(!=|==?)(.*?)\s*$/.exec(requirement) ?? []
    const found = path
      .split('.')
      .reduce<unknown>(
        (value, key) => (value as Record<string, unknown> | undefined)?.[key],
        object,
      )
    return (String(found ?? '') === value) === (operator !== '!=')
  })
}

function isSatisfied(requirement: string, labels: Readonly<Record<string, string>>): boolean {
  const [, listKey, isNegated, list] = /^(\S+)\s+(not)?in\s*\((.*)\)$/.exec(requirement) ?? []
  if (listKey !== undefined) {
    const values = (list ?? '').split(',').map((value) => value.trim())
    return values.includes(labels[listKey] ?? '') === (isNegated === undefined)
  }
  const [, key, operator, value] = /^([^=!\s]+)\s*(!=|==?)\s*(.*)$/.exec(requirement) ?? []
  if (key !== undefined) return (labels[key] === value) === (operator !== '!=')
  return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels
}
