/** *k8s_external*: names for what is reached from outside of a Kubernetes cluster. */

import { definePlugin, type ExternalServices, type Host, Name } from '@fingerpost/sdk'
import { Answers } from './answers.ts'
import { options } from './options.ts'
import { transferSource } from './transfer.ts'

export default definePlugin({
  name: 'k8s_external',
  options,
  needs: { externalServices: 'kubernetes' },
  traits: ({ block }) => ({ fallsThrough: block.fallthrough !== undefined }),
  setup({ args: [own], block }, host: Host) {
    const zones = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const through = block.fallthrough?.length === 0 ? ['.'] : (block.fallthrough ?? [])
    const parts = {
      host,
      zones,
      apexLabel: block.apex,
      ttlSeconds: block.ttl,
      isHeadless: block.headless,
      through: through.map((zone) => Name.parseText(zone)),
      services(): ExternalServices {
        const [found] = host.offers('externalServices')
        // The block would not have been taken without it.
        if (found === undefined) throw new Error('kubernetes plugin not loaded')
        return found.offer
      },
    }
    const answers = new Answers(parts)
    return {
      onQuery: (query) => answers.answer(query),
      offers: { transfer: transferSource(parts) },
    }
  },
})
