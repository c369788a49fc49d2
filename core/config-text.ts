/**
 * A configuration without what does not matter: comments, spaces, where lines stand, where a
 * snippet came from. Two that read the same do the same.
 */

import { createHash } from 'node:crypto'
import type { Directive, Statement } from '@fingerpost/sdk'
import type { Key } from './corefile/keys.ts'
import type { Corefile, ServerBlock } from './corefile/parse.ts'

/** A server block in words. */
export interface BlockText {
  /** Its keys: what blocks of two configurations are matched by. */
  readonly name: string
  /** Each directive's lines by its name, as they would be written. */
  readonly directives: ReadonlyMap<string, readonly string[]>
}

/** Puts the blocks of a configuration into words, in their order. */
export function describeBlocks(blocks: readonly ServerBlock[]): BlockText[] {
  return blocks.map(({ keys, directives }) => ({
    name: keys.map(keyText).join(' '),
    directives: new Map(directives.map((directive) => [directive.name, linesOf(directive)])),
  }))
}

/** The configuration as a Corefile of its own: imports spliced in, variables replaced. */
export function formatCorefile({ blocks }: Pick<Corefile, 'blocks'>): string {
  return describeBlocks(blocks)
    .map(({ name, directives }) => {
      const lines = [...directives.values()].flat().map((line) => `    ${line}`)
      return `${[`${name} {`, ...lines, '}'].join('\n')}\n`
    })
    .join('')
}

/** A SHA-512 that is equal for configurations that read the same; lower-case hex. */
export function hashCorefile(corefile: Corefile): string {
  return createHash('sha512').update(formatCorefile(corefile)).digest('hex')
}

/** `dns://example.org.:53`. */
export function keyText({ transport, zone, port }: Key): string {
  return `${transport}://${zone}${port === undefined ? '' : `:${port}`}`
}

function linesOf({ occurrences }: Directive): string[] {
  return occurrences.flatMap((occurrence) => statementLines(occurrence))
}

function statementLines({ keyword, args, block }: Statement): string[] {
  const line = [keyword, ...args].map(({ text }) => quote(text)).join(' ')
  if (block === undefined) return [line]
  return [`${line} {`, ...block.flatMap(statementLines).map((inner) => `    ${inner}`), '}']
}

/** Quotes what would not be one word otherwise. */
function quote(text: string): string {
  return /^[^\s"#{}]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`
}
