/** *cache*: keeps the answers of the plugins behind it, and serves them until they expire. */

import { definePlugin } from '@fingerpost/sdk'
import { Cache } from './cache.ts'
import { inspectable } from './inspect.ts'
import { options } from './options.ts'
import { makeSettings } from './settings.ts'
import { Stores } from './stores.ts'

export default definePlugin({
  name: 'cache',
  options,
  setup(given, host) {
    for (const word of given.args.unknown) {
      host.log.warning(`'${word}' is no zone and is ignored`)
    }
    const settings = makeSettings(given, host.block.zones)
    const { inherited, random } = host
    const isKept = inherited instanceof Stores && inherited.signature === settings.signature
    const stores = isKept
      ? inherited
      : new Stores(settings, (random.uint16() << 16) | random.uint16())
    const cache = new Cache(settings, stores, host)
    return {
      onQuery: (query, next) => cache.answer(query, next),
      cache: inspectable(settings, stores, host.clock),
      handover: () => stores,
    }
  },
})
