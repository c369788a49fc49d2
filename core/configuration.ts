/** Everything that a process is configured by: the Corefile, and the extras beside it. */

import { createHash } from 'node:crypto'
import { formatCorefile } from './config-text.ts'
import type { Corefile } from './corefile/parse.ts'
import type { ExtraSource } from './extra/extra-source.ts'
import { type Extra, type Extras, readExtras } from './extra/read-extras.ts'
import type { Loader } from './loader.ts'
import { type ConfigSource, readCorefile } from './read-corefile.ts'

/** A configuration as it was read. */
export interface Configuration {
  readonly corefile: Corefile
  readonly extras: Extras
}

/** Where a configuration is read from, and with what. */
export interface ConfigurationSource {
  readonly source: ConfigSource
  readonly extras?: readonly ExtraSource[] | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Port of server blocks that name none. */
  readonly dnsPort: number
}

/**
 * Reads everything as it is now.
 * @throws ConfigError when the Corefile can't be read
 */
export async function readConfiguration(
  { source, extras = [], environment, dnsPort }: ConfigurationSource,
  loader: Loader,
): Promise<Configuration> {
  const corefile = await readCorefile(source, loader, environment, dnsPort)
  return { corefile, extras: await readExtras(extras, corefile, loader, environment) }
}

/** Equal for configurations that read the same, as far as they are meant to run. */
export function fingerprint(corefile: Corefile, good: readonly Extra[]): string {
  const hash = createHash('sha512').update(formatCorefile(corefile))
  for (const extra of good) {
    hash.update(`\0${extra.path}\0${formatCorefile(extra.corefile)}`)
  }
  return hash.digest('hex')
}
