/** Opens the zones that the directive names, or takes them over from the running configuration. */

import { ConfigError, formatDuration, type Host, type Name, parseNameText } from '@fingerpost/sdk'
import type { ZoneFile, ZoneFileState } from '@fingerpost/sdk/zone'
import type { FileOptions } from './options.ts'

type ZoneSdk = typeof import('@fingerpost/sdk/zone')
type States = ReadonlyMap<string, ZoneFileState>

/** A zone, and how often its file is looked at. */
export interface OpenZone {
  readonly file: ZoneFile
  /** 0 for never. */
  readonly reloadMs: number
}

/**
 * Reads the files.
 * @throws ConfigError for a mistake in one, and for one that can't be read and is never tried again.
 */
export async function openZones(
  occurrences: FileOptions,
  host: Host,
  { ZoneFault, ZoneFile }: ZoneSdk,
): Promise<OpenZone[]> {
  const inherited = host.inherited as States | undefined
  const zones: OpenZone[] = []
  for (const { args, block } of occurrences) {
    const [{ value: path, at }, texts] = args
    for (const origin of originsOf(texts, host)) {
      const file = new ZoneFile(host, { origin, path, isByTime: block.reload_by_mtime })
      zones.push({ file, reloadMs: block.reload })
      try {
        await file.open(inherited?.get(keyOf(file)))
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        if (cause instanceof ZoneFault) {
          throw new ConfigError('file', `plugin/file: ${reason}`, { at, cause })
        }
        if (block.reload === 0) {
          throw new ConfigError('file', `plugin/file: can't read ${path}: ${reason}`, { at, cause })
        }
        const again = formatDuration(block.reload)
        host.log.warning(`Failed to open "${path}": ${reason}; trying again in ${again}`)
      }
    }
  }
  return zones
}

/** What the next generation takes over. */
export function statesOf(files: readonly ZoneFile[]): States {
  const states = new Map<string, ZoneFileState>()
  for (const file of files) {
    if (file.state !== undefined) states.set(keyOf(file), file.state)
  }
  return states
}

const keyOf = ({ options }: ZoneFile): string => `${options.origin} ${options.path}`

/** The zones of the line, those of the server block by default. */
function originsOf(texts: readonly string[], host: Host): readonly Name[] {
  if (texts.length === 0) return host.block.zones
  return texts.flatMap((text) => parseNameText(text) ?? [])
}
