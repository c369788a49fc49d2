/** JSON Patch, as far as add, remove, replace and test go. RFC 6902, RFC 6901. */

/** One step of a patch. */
export interface PatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'test'
  readonly path: string
  readonly value?: unknown
}

/** A copy of `json` after all steps. @throws when a step can't be taken */
export function applyJsonPatch(json: unknown, steps: readonly PatchStep[]): unknown {
  const copy: unknown = structuredClone(json)
  for (const step of steps) apply(copy, step)
  return copy
}

function apply(json: unknown, { op, path, value }: PatchStep): void {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop()
  const parent = keys.reduce<unknown>((from, key) => Object(from)[key], json)
  if (last === undefined || typeof parent !== 'object' || parent === null) {
    throw new Error(`${op} ${path}: there is no such place`)
  }
  const isThere = Object.hasOwn(parent, last)
  if (op !== 'add' && !isThere) throw new Error(`${op} ${path}: there is nothing`)
  if (op === 'test') {
    if (JSON.stringify(Reflect.get(parent, last)) === JSON.stringify(value)) return
    throw new Error(`test ${path}: it is ${JSON.stringify(Reflect.get(parent, last))}`)
  }
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last)
    if (op === 'add') parent.splice(index, 0, value)
    else if (op === 'remove') parent.splice(index, 1)
    else parent[index] = value
  } else if (op === 'remove') Reflect.deleteProperty(parent, last)
  else Reflect.set(parent, last, value)
}
