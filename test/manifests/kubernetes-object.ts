/** Kubernetes objects as the tests of manifests look at them. */

/** Any JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [k: string]: Json }

/** An object of the API. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** `Kind namespace/name`, or without a namespace. */
export function describeObject({ kind, metadata }: KubernetesObject): string {
  const { namespace, name } = metadata
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
}

/** What stands at a path; undefined where there is nothing. */
export function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => Object(value)[key], json)
}

/** The list at a path; empty where there is none. */
export function listAt(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(json, ...path)
  return Array.isArray(value) ? value : []
}

/** The text at a path; empty where there is none. */
export function textAt(json: unknown, ...path: readonly (string | number)[]): string {
  const value = at(json, ...path)
  return value === undefined || value === null ? '' : String(value)
}

/** The map of texts at a path; empty where there is none. */
export function textsAt(
  json: unknown,
  ...path: readonly (string | number)[]
): Readonly<Record<string, string>> {
  return { ...Object(at(json, ...path)) }
}

/** Whether labels are what a selector of labels asks for; an empty selector chooses nothing here. */
export function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}
