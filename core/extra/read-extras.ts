/** Reads all extra configuration there is, each text by itself with the snippets of the base. */

import { ConfigError } from '@fingerpost/sdk'
import { diskFiles } from '../corefile/files.ts'
import type { Corefile } from '../corefile/parse.ts'
import type { Loader } from '../loader.ts'
import { parseText } from '../read-corefile.ts'
import { type ExtraSource, type ExtraText, MAX_EXTRAS } from './extra-source.ts'

/** One extra configuration as it was read. */
export interface Extra {
  readonly path: string
  readonly text: string
  /**
   * What it says. Its own snippets are visible in it alone: else what one extra means would
   * depend on which of the others are well, and two could not use the same name.
   */
  readonly corefile: Corefile
  /** Where it is from; undefined for what was kept from before. */
  readonly source: ExtraSource | undefined
}

/** All extra configuration at one moment. */
export interface Extras {
  /** In the order of the sources, which decides who keeps what two of them claim. */
  readonly all: readonly Extra[]
  readonly files: readonly string[]
  readonly directories: readonly string[]
  readonly warnings: readonly ConfigError[]
}

export const noExtras: Extras = { all: [], files: [], directories: [], warnings: [] }

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the sources. Never rejects: each text's mistakes are in its own `corefile.errors`. */
export async function readExtras(
  sources: readonly ExtraSource[],
  base: Corefile,
  loader: Loader,
  environment: Environment,
): Promise<Extras> {
  const all: Extra[] = []
  const files: string[] = []
  const directories: string[] = []
  const warnings: ConfigError[] = []
  for (const source of sources) {
    const reading = await source.read()
    files.push(...reading.files)
    directories.push(...reading.directories)
    warnings.push(...reading.warnings)
    for (const text of reading.texts) {
      const extra = parseExtra(text, base, loader, environment, source)
      all.push(all.length < MAX_EXTRAS ? extra : tooMany(extra))
      // The first file is the text itself, which need not be on the disk.
      files.push(...extra.corefile.files.slice(1))
      directories.push(...extra.corefile.directories)
    }
  }
  return { all, files, directories, warnings }
}

/** Reads one text, which may import what the base declares and must not declare it again. */
export function parseExtra(
  { path, text }: ExtraText,
  base: Corefile,
  loader: Loader,
  environment: Environment,
  source?: ExtraSource,
): Extra {
  if (typeof text !== 'string') {
    const corefile = parseText('', path, diskFiles, loader, environment)
    return { path, text: '', corefile: { ...corefile, errors: [text] }, source }
  }
  const given = { snippets: base.snippets, reserved: RESERVED }
  const corefile = parseText(text, path, diskFiles, loader, environment, given)
  return { path, text, corefile, source }
}

/** The base's, even where it does not declare it yet: tomorrow it may. */
const RESERVED: ReadonlySet<string> = new Set(['common'])

function tooMany(extra: Extra): Extra {
  const message = `there are more than ${MAX_EXTRAS} extra configurations`
  const errors = [new ConfigError('file', `${extra.path} is left out: ${message}`)]
  return { ...extra, corefile: { ...extra.corefile, blocks: [], errors } }
}
