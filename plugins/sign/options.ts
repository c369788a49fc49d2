/** The options of *sign*. */

import {
  args,
  custom,
  directive,
  type InferOptions,
  located,
  many,
  oneOf,
  optional,
  path,
  rest,
  type Token,
  zones,
} from '@fingerpost/sdk'

/** Where CoreDNS puts signed zones. */
export const DEFAULT_DIRECTORY = '/var/lib/coredns'

/** Paths of keys, or of directories with the keys of the zones. */
export interface KeyPaths {
  readonly kind: 'file' | 'directory'
  readonly paths: readonly { readonly path: string; readonly at: Token }[]
}

const keyPaths = custom<KeyPaths>(
  (tokens, report) => {
    const [first, ...others] = tokens
    if (first === undefined) throw report.error("write 'file' or 'directory', and paths")
    const kind = report.read(oneOf('file', 'directory'), first)
    if (others.length === 0) throw report.error('there is no path', first)
    return { kind, paths: others.map((at) => ({ path: report.read(path, at), at })) }
  },
  { takes: 'file|directory PATH…' },
)

export const options = many(
  directive({
    args: args(located(path), rest(zones)),
    block: { key: many(keyPaths), directory: optional(path, DEFAULT_DIRECTORY) },
  }),
)

export type SignOptions = InferOptions<typeof options>[number]
