/** A configuration that worked as texts to keep, and those texts as a configuration again. */

import { formatCorefile } from './config-text.ts'
import type { Configuration } from './configuration.ts'
import { tableFiles } from './corefile/table-files.ts'
import { noExtras, parseExtra } from './extra/read-extras.ts'
import type { Generation } from './generation.ts'
import type { SavedConfig } from './last-good.ts'
import type { Loader } from './loader.ts'
import { parseText } from './read-corefile.ts'

/** What is kept of a configuration: imports spliced in, and no extra that is quarantined. */
export function savedFrom(
  path: string,
  { configuration, generation }: { configuration: Configuration; generation: Generation },
): SavedConfig {
  const extras = generation.parts.flatMap(({ extra }) => (extra === undefined ? [] : [extra]))
  return {
    path,
    text: formatCorefile(configuration.corefile),
    extras: extras.map((extra) => ({ path: extra.path, text: formatCorefile(extra.corefile) })),
  }
}

/** What was kept, to be run. */
export function savedConfiguration(
  saved: SavedConfig,
  loader: Loader,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const name = (path: string): string => `${path} (last good)`
  const corefile = parseText(saved.text, name(saved.path), tableFiles({}), loader, environment)
  const all = saved.extras.map(({ path, text }) =>
    parseExtra({ path: name(path), text }, corefile, loader, environment),
  )
  return { corefile, extras: { ...noExtras, all } }
}
