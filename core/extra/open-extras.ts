/** The sources of extra configuration that the flags name. */

import type { Flags } from '../flags.ts'
import { extraFiles } from './extra-files.ts'
import type { ExtraSource } from './extra-source.ts'

/** What of the flags says where extra configuration is. */
export type ExtraFlags = Pick<Flags, 'extraCorefiles'>

/** Opens all sources; none of them needs to be there yet. */
export function openExtras({ extraCorefiles }: ExtraFlags): ExtraSource[] {
  return extraCorefiles.map(extraFiles)
}
