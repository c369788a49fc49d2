/** The certificates of a configuration, read and checked before anything is swapped. */

import { ConfigError, type TlsSettings } from '@fingerpost/sdk'
import type { ConfiguredBlock } from './configure.ts'
import type { Context } from './context.ts'
import { missingTls } from './listen/place-settings.ts'
import { loadTls, type TlsIdentity } from './listen/tls-identity.ts'

/** By what *tls* said of them. */
export type Identities = ReadonlyMap<TlsSettings, TlsIdentity>

/** Reads certificates, also those of blocks that don't use theirs. */
export async function loadIdentities(
  blocks: readonly ConfiguredBlock[],
  context: Context,
  errors: ConfigError[],
): Promise<Identities> {
  const identities = new Map<TlsSettings, TlsIdentity>()
  for (const { keys, settings } of blocks) {
    const { tls } = settings
    const key = keys.find(({ transport }) => transport === 'tls')
    if (tls === undefined) {
      if (key !== undefined) errors.push(missingTls(key.token))
      continue
    }
    try {
      identities.set(tls, await loadTls(context.files(''), tls))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      errors.push(error)
    }
  }
  return identities
}
