/**
 * Holds objects against the schemas of the Kubernetes API, as `kubectl apply --validate=strict`
 * does: types, enumerations, required fields, and no field that the schema does not know.
 */

import { describeObject, type KubernetesObject } from './kubernetes-object.ts'

/** What is wrong with an object; empty when nothing is. */
export async function findSchemaFaults(object: KubernetesObject): Promise<string[]> {
  const model = await loadModel(object)
  const where = describeObject(object)
  if (model === undefined) {
    return [`${where}: there is no schema for ${object.apiVersion} ${object.kind}`]
  }
  // The schemas allow unknown fields. A validator reads every field that it knows, however, so
  // that what it never read is unknown.
  const unread: (() => string[])[] = []
  const faults = validate(model, watch(object, '', unread))
  return [
    ...faults.map((fault) => `${where}: ${fault}`),
    ...unread.flatMap((list) => list()).map((path) => `${where}: ${path} is no known field`),
  ]
}

/** A class of kubernetes-models. */
interface Model {
  readonly prototype: { validate(): void }
}

async function loadModel({ apiVersion, kind }: KubernetesObject): Promise<Model | undefined> {
  const from = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models'
  try {
    // There is one module for each kind, by a name that is put together here.
    const module = await import(`${from}/${apiVersion}/${kind}`)
    return module[kind]
  } catch {
    return undefined
  }
}

function validate(model: Model, data: unknown): string[] {
  try {
    model.prototype.validate.call(data as Model['prototype'])
    return []
  } catch (error) {
    const { errors, message } = error as Error & { errors?: readonly SchemaError[] }
    return errors?.map(formatSchemaError) ?? [message]
  }
}

interface SchemaError {
  readonly instancePath: string
  readonly message?: string
  readonly params?: { readonly allowedValues?: readonly string[] }
}

function formatSchemaError({ instancePath, message = 'is wrong', params }: SchemaError): string {
  const allowed = params?.allowedValues
  return `${instancePath || '/'} ${message}${allowed === undefined ? '' : `: ${allowed}`}`
}

/** The same data, which notes what was never read in it. */
function watch(json: unknown, path: string, unread: (() => string[])[]): unknown {
  if (typeof json !== 'object' || json === null) return json
  const read = new Set<string>()
  const children = new Map<string, unknown>()
  unread.push(() =>
    Object.keys(json)
      .filter((key) => !read.has(key))
      .map((key) => `${path}/${key}`),
  )
  for (const [key, value] of Object.entries(json)) {
    children.set(key, watch(value, `${path}/${key}`, unread))
  }
  return new Proxy(json, {
    get(target, key) {
      if (typeof key === 'symbol') return Reflect.get(target, key)
      read.add(key)
      return children.has(key) ? children.get(key) : Reflect.get(target, key)
    },
  })
}
