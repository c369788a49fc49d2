/** The options of *dnssec*. */

import {
  args,
  custom,
  directive,
  type InferOptions,
  integer,
  many,
  optional,
  path,
  rest,
  type Token,
  zones,
} from '@fingerpost/sdk'

/** A key by the common path of its two files, and the word it came from. */
export interface KeyFile {
  readonly path: string
  readonly at: Token
}

const keyFiles = custom<readonly KeyFile[]>(
  (tokens, report) => {
    const [kind, ...files] = tokens
    if (kind === undefined || files.length === 0) throw report.error("write 'file' and paths")
    if (kind.text === 'aws_secretsmanager') {
      throw report.error('keys from AWS Secrets Manager are not read', kind, {
        suggestion: "mount the secret as files and write 'key file PATH'",
      })
    }
    if (kind.text !== 'file') throw report.error("only 'file' is known here", kind)
    return files.map((token) => {
      const written = report.read(path, token)
      return { path: written.replace(/\.(key|private)$/, ''), at: token }
    })
  },
  { takes: 'file PATH…' },
)

export const options = directive({
  args: args(rest(zones)),
  block: { key: many(keyFiles), cache_capacity: optional(integer(1, 10_000_000), 10_000) },
})

export type DnssecOptions = InferOptions<typeof options>
