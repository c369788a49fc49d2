/** *sign*: signs zone files, for *file* or *auto* to serve. */

import { definePlugin, Name } from '@fingerpost/sdk'
import { options } from './options.ts'
import { readKeys } from './read-keys.ts'
import { ZoneSigner } from './zone-signer.ts'

export default definePlugin({
  name: 'sign',
  processes: 'first',
  options,
  async setup(occurrences, host) {
    const sdk = await import('@fingerpost/sdk/zone')
    const signers: ZoneSigner[] = []
    for (const { args, block } of occurrences) {
      const [{ value: path }, texts] = args
      const origins =
        texts.length > 0 ? texts.map((text) => Name.parseText(text)) : host.block.zones
      for (const origin of origins) {
        const keys = await readKeys(block.key, origin, host)
        if (keys.length === 0) {
          host.log.warning(`there is no key for ${origin}: it is not signed`)
          continue
        }
        const signedPath = `${block.directory.replace(/\/+$/, '')}/db.${origin}signed`
        signers.push(new ZoneSigner(host, sdk, { origin, path, signedPath, keys }))
      }
    }
    return {
      started() {
        for (const signer of signers) signer.start()
      },
      shutdown() {
        for (const signer of signers) signer.close()
      },
    }
  },
})
