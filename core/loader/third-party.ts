/** Where third-party plugins come from, as the command line says; and the SDK that they get. */

import { dirname, join } from 'node:path'
import type { ThirdPartyOptions } from '../loader.ts'
import { openPluginImporter, type SdkModules } from '../runtime/plugin-import.ts'

/** What a command line says about third-party plugins. */
export interface ThirdPartyFlags {
  /** The Corefile's path; anything without a directory is in the working directory. */
  readonly corefile: string
  /** Directories with plugins; empty for `plugins` beside the Corefile. */
  readonly pluginDirectories: readonly string[]
  /** How long a plugin may take for one query. */
  readonly timeoutMs: number
}

/** Makes the loader's options. Nothing is looked for or loaded yet. */
export function openThirdParty(flags: ThirdPartyFlags): ThirdPartyOptions {
  const home = dirname(flags.corefile)
  const { pluginDirectories, timeoutMs } = flags
  return {
    pluginDirectories: pluginDirectories.length > 0 ? pluginDirectories : [join(home, 'plugins')],
    packagesFrom: home,
    importer: openPluginImporter(loadSdk),
    timeoutMs,
  }
}

/** How long a plugin may take for one query unless the command line says otherwise. */
export const DEFAULT_PLUGIN_TIMEOUT_MS = 4000

/** The SDK of this program: the very classes that core works with, also inside an executable. */
async function loadSdk(): Promise<SdkModules> {
  return {
    main: await import('@fingerpost/sdk'),
    load: (part) =>
      part === 'regexp' ? import('@fingerpost/sdk/regexp') : import('@fingerpost/sdk/zone'),
  }
}
