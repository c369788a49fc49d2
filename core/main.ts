/** The composition root: the only file of core that sees the plugins. */

import { absent, catalogue } from '../plugins/index.ts'
import { main } from './cli.ts'
import { selectRuntime } from './runtime/select.ts'

await main(await selectRuntime(), catalogue, absent)
