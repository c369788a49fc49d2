/** Loads a zone from its file and the files that it includes. */

import type { Name } from '../wire/name.ts'
import { ZoneData } from './zone-data.ts'
import { ZoneFault } from './zone-fault.ts'
import { ZoneReader } from './zone-reader.ts'

// Records between two pauses: some 10 ms of work.
const RECORDS_PER_STEP = 4000
// Room is made for so many at once: the pages of what is not needed are never touched.
const OCTETS_PER_RECORD = 24

/** What to load and how. */
export interface ZoneSource {
  readonly origin: Name
  readonly path: string
  /** Nothing is loaded if the file's SOA has this serial. */
  readonly unchangedSerial?: number | undefined
  /** Reads a file; rejects when it can't be read, or is too large. */
  read(path: string): Promise<Uint8Array>
  /** Lets others do their work. */
  pause(): Promise<void>
}

/** A zone that was loaded. */
export interface LoadedZone {
  readonly data: ZoneData
  /** The files that were read, the zone's own first. */
  readonly files: readonly string[]
  /** What is odd about the text but does no harm. */
  readonly warnings: readonly string[]
}

/**
 * Loads a zone.
 * @throws ZoneFault for the first mistake in the text; what `read` rejects with for the file itself.
 */
export async function loadZone(source: ZoneSource): Promise<LoadedZone | 'unchanged'> {
  const { origin, path } = source
  const text = await source.read(path)
  const data = new ZoneData(origin, Math.ceil(text.length / OCTETS_PER_RECORD) + 16)
  const reader = new ZoneReader(data, path, text, source.unchangedSerial)
  const files = [path]
  for (;;) {
    const state = reader.read(RECORDS_PER_STEP)
    if (state === 'done') break
    if (state === 'unchanged') return state
    if (state === 'more') await source.pause()
    else {
      reader.include(state.path, await readIncluded(source, state))
      files.push(state.path)
    }
  }
  if (data.soaNode < 0) throw new ZoneFault(`there is no SOA record for ${origin}`, path)
  return { data: data.seal(), files, warnings: warningsOf(data, path, reader) }
}

async function readIncluded(
  source: ZoneSource,
  { path, fault }: { path: string; fault: (reason: string, cause: unknown) => ZoneFault },
): Promise<Uint8Array> {
  try {
    return await source.read(path)
  } catch (error) {
    throw fault(
      `can't read ${path}: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

function warningsOf(data: ZoneData, path: string, reader: ZoneReader): string[] {
  const warnings: string[] = []
  if (reader.outsideCount > 0) {
    const what = reader.outsideCount === 1 ? 'a record' : `${reader.outsideCount} records`
    warnings.push(`${reader.firstOutside}: ${what} outside of ${data.origin} left out`)
  }
  const soaName = data.names.name(data.soaNode)
  if (!soaName.equals(data.origin)) {
    warnings.push(`${path}: there is no SOA record for ${data.origin}, that of ${soaName} is taken`)
  }
  return warnings
}
