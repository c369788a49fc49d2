/** *etcd*: names that are messages of SkyDNS in an etcd cluster. */

import { ConfigError, definePlugin, Name, tlsFiles } from '@fingerpost/sdk'
import { Answers } from './answers.ts'
import { Client } from './client.ts'
import { Keys } from './keys.ts'
import { options } from './options.ts'
import { Store } from './store.ts'

/** Labels in front of a zone must have room: those of `hostmaster` are the longest. */
const MAX_ZONE_OCTETS = 255 - 'hostmaster.'.length

const defaultEndpoint = { host: 'localhost', port: 2379, isSecure: undefined }

export default definePlugin({
  name: 'etcd',
  options,
  traits: ({ block }) => ({ fallsThrough: block.fallthrough !== undefined }),
  async setup({ args: [own], block }, host) {
    const zones = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const long = zones.find(({ wire }) => wire.length > MAX_ZONE_OCTETS)
    if (long !== undefined) {
      throw new ConfigError('bad-zone', `the zone ${long} is too long`, { at: host.block.at })
    }
    const through = block.fallthrough?.length === 0 ? ['.'] : (block.fallthrough ?? [])
    const client = new Client(host, {
      endpoints: block.endpoint.length > 0 ? block.endpoint : [defaultEndpoint],
      credentials: block.credentials && {
        user: block.credentials[0],
        password: block.credentials[1],
      },
      tls: block.tls && (await tlsFiles(block.tls, host.files)),
    })
    const store = new Store({
      host,
      client,
      keys: new Keys(block.path),
      minLeaseSeconds: block['min-lease-ttl'],
      maxLeaseSeconds: block['max-lease-ttl'],
    })
    const answers = new Answers({
      host,
      store,
      zones,
      through: through.map((zone) => Name.parseText(zone)),
    })
    return {
      onQuery: (query) => answers.answer(query),
      shutdown: () => client.close(),
    }
  },
})
