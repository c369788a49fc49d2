/** Writes docs/compatibility.md: `npx bun test/compatibility/write.ts`. */

import { writeFileSync } from 'node:fs'
import { compatibilityPage } from './page.ts'

writeFileSync(new URL('../../docs/compatibility.md', import.meta.url), await compatibilityPage())
