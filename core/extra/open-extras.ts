/** The sources of extra configuration that the flags name. */

import type { Context } from '../context.ts'
import type { Flags } from '../flags.ts'
import type { Program } from '../program.ts'
import { configMapHost } from './config-map.ts'
import { ExtraConfigMap, START_PATIENCE_MS } from './extra-config-map.ts'
import { extraFiles } from './extra-files.ts'
import type { ExtraSource } from './extra-source.ts'

/** What of the flags says where extra configuration is. */
export type ExtraFlags = Pick<Flags, 'extraCorefiles' | 'extraConfigMap' | 'kubeconfig'>

/**
 * Opens all sources; none of them needs to be there yet.
 * @param patienceMs how long the first reading waits for the API of a ConfigMap
 */
export function openExtras(
  { openConfigMap }: Pick<Program, 'openConfigMap'>,
  { extraCorefiles, extraConfigMap, kubeconfig }: ExtraFlags,
  context: Context,
  patienceMs: number = START_PATIENCE_MS,
): ExtraSource[] {
  const sources: ExtraSource[] = extraCorefiles.map(extraFiles)
  if (extraConfigMap === '') return sources
  const [namespace = '', name = ''] = extraConfigMap.split('/')
  const place = { namespace, name, kubeconfig }
  const host = configMapHost(context)
  return [...sources, new ExtraConfigMap({ place, host, open: openConfigMap, patienceMs })]
}
