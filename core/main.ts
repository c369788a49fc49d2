/** The composition root: the only file of core that sees the plugins. */

import { absent, catalogue } from '../plugins/index.ts'
import { main } from './cli.ts'
import type { OpenConfigMap } from './extra/config-map.ts'
import { selectRuntime } from './runtime/select.ts'

/** Loaded when a flag asks for it. */
const openConfigMap: OpenConfigMap = async (place, host, sink) => {
  const module = await import('../plugins/kubernetes/config-map/open-config-map.ts')
  return module.openConfigMap(place, host, sink)
}

await main(await selectRuntime(), { catalogue, absent, openConfigMap })
