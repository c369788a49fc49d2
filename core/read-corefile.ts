/** Reads the Corefile of a process as it is now, wherever it comes from. */

import { type CorefileFiles, diskFiles } from './corefile/files.ts'
import type { GivenSnippets } from './corefile/imports.ts'
import { type Corefile, parseCorefile } from './corefile/parse.ts'
import type { Loader } from './loader.ts'

/** Where the configuration comes from. */
export interface ConfigSource {
  /** As messages show it. */
  readonly path: string
  /** Whether it is a file, which can change. */
  readonly isFile: boolean
  /** Its text as it is now. @throws ConfigError when it can't be read */
  read(): Promise<string>
  /** How long files must have been quiet before a change is taken; by default it depends. */
  readonly settleMs?: number
  /** Hears that what was read last runs now. Never rejects. */
  taken?(): Promise<void>
}

/** CoreDNS's answer to no configuration at all. */
export const defaultCorefile = (dnsPort: number): string => `.:${dnsPort} {\nwhoami\nlog\n}\n`

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads a configuration as it is now; an empty one becomes CoreDNS's default.
 * @throws ConfigError when its file can't be read
 */
export async function readCorefile(
  source: ConfigSource,
  loader: Loader,
  environment: Environment,
  dnsPort: number,
): Promise<Corefile> {
  const text = await source.read()
  const corefile = parseText(text, source.path, diskFiles, loader, environment)
  if (corefile.blocks.length > 0 || corefile.errors.length > 0) return corefile
  const fallback = defaultCorefile(dnsPort)
  const { blocks } = parseText(fallback, source.path, diskFiles, loader, environment)
  return { ...corefile, blocks }
}

/** Reads a text with the directives that there are. */
export function parseText(
  text: string,
  path: string,
  files: CorefileFiles,
  loader: Loader,
  environment: Environment,
  given?: GivenSnippets,
): Corefile {
  return parseCorefile(text, {
    path,
    files,
    environment,
    isDirective: (name) => loader.has(name) || loader.isAbsent(name),
    directiveNames: loader.names,
    given,
  })
}
