/**
 * Imports plugins from files: afresh after an edit, with what they import by relative path, and
 * with this program's own SDK wherever `@fingerpost/sdk` is asked for, also where there is no
 * node_modules.
 */

import process from 'node:process'

/** Imports plugins on one runtime. */
export interface PluginImporter {
  /** Whether the runtime takes TypeScript as it is. */
  readonly readsTypeScript: boolean
  /**
   * Imports the module at an absolute path as if for the first time. `onFile` is told the absolute
   * path of each file that belongs to it (the file itself, and what it imports by relative path)
   * about when it is read, at the latest when the import is over; of files that are imported later
   * on, at that time.
   * @throws what the module throws, or why it can't be read
   */
  importFresh(path: string, onFile: OnPluginFile): Promise<object>
}

export type OnPluginFile = (path: string) => void

/** What `import` of the SDK's names gives to plugins. */
export interface SdkModules {
  /** `@fingerpost/sdk` */
  readonly main: object
  /** What is loaded on demand, because it is large. */
  load(part: SdkPart): Promise<object>
}

/** Parts of the SDK beside its main one: `@fingerpost/sdk/regexp` and so on. */
export type SdkPart = keyof typeof sdkParts

/** What each part exports: the names must be known before it is loaded. */
export const sdkParts = {
  regexp: ['MAX_REGEXP_LENGTH', 'compileRegexp', 'regexp'],
  zone: [
    ...[
      'MAX_ZONE_RECORDS',
      'TransferIn',
      'ZoneData',
      'ZoneFault',
      'ZoneFile',
      'ZoneIndex',
      'ZoneReplies',
    ],
    ...['answerQuery', 'clearZoneMetrics', 'isNewer', 'loadZone', 'notifySecondaries', 'serialOf'],
    ...['setZoneMetrics', 'signZone', 'transferOut', 'transferSource', 'zoneFailures'],
  ],
} as const

/** The importer for the runtime that the process runs on. Prepares it on first use. */
export function openPluginImporter(loadSdk: () => Promise<SdkModules>): PluginImporter {
  let prepared: Promise<PluginImporter['importFresh']> | undefined
  return {
    readsTypeScript: 'Bun' in globalThis || 'Deno' in globalThis || stripsTypes(),
    async importFresh(path, onFile) {
      prepared ??= prepare(await loadSdk())
      return (await prepared)(path, onFile)
    },
  }
}

async function prepare(sdk: SdkModules): Promise<PluginImporter['importFresh']> {
  if ('Bun' in globalThis) return (await import('./plugin-import-bun.ts')).prepareBun(sdk)
  return (await import('./plugin-import-hooks.ts')).prepareHooks(sdk)
}

// Node from 22.18 on; the types of Node's own package don't all know it yet.
function stripsTypes(): boolean {
  const { typescript } = process.features as { typescript?: unknown }
  return typescript !== undefined && typescript !== false
}
