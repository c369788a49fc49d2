/** What this program calls itself. */

import manifest from '../package.json' with { type: 'json' }

// Put in by the build; running from the source there is none.
declare const FINGERPOST_COMMIT: string

/** The version of the package. */
export const version: string = manifest.version

/** The commit that the program was built from, empty when it runs from the source. */
export const commit: string = typeof FINGERPOST_COMMIT === 'undefined' ? '' : FINGERPOST_COMMIT
