/** Opens the HTTP endpoints of a generation; an extra whose endpoint can't be opened is left out. */

import type { Generation } from '../generation.ts'
import { endpointsOf } from '../part.ts'
import type { Sidecar } from '../sidecar/sidecar.ts'
import type { EndpointChange } from '../sidecar/sidecar-server.ts'

/**
 * Prepares all endpoints.
 * @throws ConfigErrors when one of the base can't be opened; everything is as before then
 */
export async function openEndpoints(
  sidecar: Sidecar,
  generation: Generation,
): Promise<EndpointChange> {
  try {
    return await sidecar.prepare(generation.endpoints)
  } catch (error) {
    const [base, ...extras] = generation.parts
    if (base === undefined || extras.length === 0) throw error
    const attempt = async (parts: typeof generation.parts): Promise<void> => {
      const change = await sidecar.prepare(endpointsOf(parts))
      await change.abort()
    }
    await attempt([base])
    const good = [base]
    for (const part of extras) {
      try {
        await attempt([...good, part])
        good.push(part)
      } catch (fault) {
        await generation.leaveOut(part, fault)
      }
    }
    return sidecar.prepare(generation.endpoints)
  }
}
