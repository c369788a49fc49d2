/** Reads the keys of a zone: named ones, or all of a directory whose names say so. */

import { ConfigError, type Host, type Name, readZoneKey, type ZoneKey } from '@fingerpost/sdk'
import type { KeyPaths } from './options.ts'

/**
 * Reads the keys.
 * @throws ConfigError for one that can't be read, or that is of another zone.
 */
export async function readKeys(
  sources: readonly KeyPaths[],
  zone: Name,
  host: Host,
): Promise<ZoneKey[]> {
  const keys: ZoneKey[] = []
  for (const { kind, paths } of sources) {
    for (const { path, at } of paths) {
      const files = kind === 'file' ? [path] : await keysIn(path, zone, host)
      for (const file of files) {
        try {
          keys.push(await readKey(file.replace(/\.(key|private)$/, ''), host))
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause)
          throw new ConfigError('file', `plugin/sign: can't read key ${file}: ${reason}`, {
            at,
            cause,
          })
        }
      }
    }
  }
  return keys
}

async function readKey(base: string, host: Host): Promise<ZoneKey> {
  return readZoneKey(
    await host.files.readText(`${base}.key`),
    await host.files.readText(`${base}.private`),
  )
}

/** `K<zone>+<algorithm>+<tag>.key`, the zone in lower case with its dot. */
async function keysIn(directory: string, zone: Name, host: Host): Promise<string[]> {
  const start = `k${zone}+`
  const names = await host.files.list(directory).catch(() => [])
  return names
    .filter((name) => name.toLowerCase().startsWith(start) && /\+\d+\+\d+\.key$/.test(name))
    .map((name) => `${directory}/${name}`)
}
