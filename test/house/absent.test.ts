import { seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { formatDiagnostics } from '../../core/corefile/diagnostics.ts'
import { absentDirective } from '../../plugins/absent.ts'
import { absent } from '../../plugins/index.ts'
import { startWorld } from '../fuzz/world.ts'

describe('directives of CoreDNS that are not there', () => {
  it.each([...absent.keys()])(
    '%s is refused with what it is and what to do instead',
    async (name) => {
      const error = await startWorld(`. {\n ${name}\n whoami\n}`, seededRandom(1)).catch(
        (reason) => reason,
      )
      const text = formatDiagnostics(error.errors)
      const { what, instead } = absentDirective(name)
      expect(text).toContain(
        `Corefile:2:2: error: this version has no plugin '${name}': it ${what}`,
      )
      expect(text).toContain(instead)
    },
  )
})
