/** *root*: the directory that relative paths of the server block start from. */

import { args, definePlugin, directive, path } from '@fingerpost/sdk'

export default definePlugin({
  name: 'root',
  options: directive({ args: args(path) }),
  async setup({ args: [root] }, host) {
    const found = await host.files.stat(root)
    if (found === undefined) host.log.warning(`Root path does not exist: ${root}`)
    host.settings.root = root
    return {}
  },
})
