/** `fingerpost plugins` and `fingerpost new plugin`: what there is, and the start of a new one. */

import { UsageError } from '../flag-syntax.ts'
import { type Program, say } from '../program.ts'
import { describeNewPlugin, findSdk, NewPluginError, newPlugin } from '../scaffold/new-plugin.ts'

/** Names of the chain, and of third-party ones, version and file. */
export async function plugins({ runtime, flags, loader }: Program): Promise<void> {
  const order = await loader.effectiveOrder()
  if (flags.json) return say(runtime, JSON.stringify(order, undefined, 2))
  const lines = order.map(({ name, version, path, error }) => {
    const origin = path === '' ? '' : ` ${[version, path].filter((part) => part !== '').join(' ')}`
    return `dns.${name}${origin}${error === undefined ? '' : ` (unusable: ${error})`}`
  })
  say(runtime, lines.join('\n'))
}

/** `new plugin NAME [DIR]` */
export async function create({ runtime, flags, loader }: Program): Promise<void> {
  const [kind, name, parent = '.', ...rest] = flags.words
  if (kind !== 'plugin' || name === undefined || rest.length > 0) {
    throw new UsageError('expected: new plugin NAME [DIR]')
  }
  const taken = (word: string): boolean => loader.names.includes(word)
  try {
    const made = await newPlugin(name, parent, { taken, sdk: findSdk() })
    say(runtime, describeNewPlugin(made))
  } catch (error) {
    if (!(error instanceof NewPluginError)) throw error
    throw new UsageError(error.message)
  }
}
