/** *root*: the directory that relative paths of the server block start from. */

import { args, ConfigError, definePlugin, directive, located, many, path } from '@fingerpost/sdk'

export default definePlugin({
  name: 'root',
  // Of several, the last one counts.
  options: many(directive({ args: args(located(path)) })),
  async setup(occurrences, host) {
    for (const {
      args: [{ value, at }],
    } of occurrences) {
      try {
        const found = await host.files.stat(value)
        if (found === undefined) host.log.warning(`Root path does not exist: ${value}`)
        else if (!found.isDirectory) host.log.warning(`Root path is no directory: ${value}`)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        const message = `unable to access root path "${value}": ${reason}`
        throw new ConfigError('file', message, { at, cause })
      }
    }
    host.settings.root = occurrences.at(-1)?.args[0].value ?? ''
    return {}
  },
})
