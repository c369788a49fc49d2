/** *auto*: serves the zones whose files are in a directory. */

import { definePlugin, HEADER_SIZE, Name } from '@fingerpost/sdk'
import type { ZoneFile, ZoneFileState } from '@fingerpost/sdk/zone'
import { options } from './options.ts'
import { originPattern } from './origin-pattern.ts'
import { stateKey, ZoneDirectory } from './zone-directory.ts'

export default definePlugin({
  name: 'auto',
  options,
  async setup(occurrences, host) {
    const sdk = await import('@fingerpost/sdk/zone')
    const inherited = host.inherited as ReadonlyMap<string, ZoneFileState> | undefined
    const allowed = new sdk.ZoneIndex(
      occurrences
        .flatMap(({ args }) => (args.length > 0 ? args.map(nameOf) : host.block.zones))
        .map((zone) => [zone, true] as const),
    )
    const directories: ZoneDirectory[] = []
    for (const { block } of occurrences) {
      if (block.directory === undefined) {
        host.log.warning('there is no directory: no zone is served')
        continue
      }
      const [path, pattern, template] = block.directory
      const originOf = await originPattern(pattern, template)
      const settings = { path, originOf, reloadMs: block.reload, inherited }
      directories.push(new ZoneDirectory(host, sdk, settings))
    }
    const zones = (): ZoneFile[] => directories.flatMap((directory) => directory.zones)
    const indexed = () => new sdk.ZoneIndex(zones().map((file) => [file.origin, file]))
    let index = indexed()
    for (const directory of directories) {
      await directory.scan()
      directory.onChange = () => {
        index = indexed()
      }
    }
    index = indexed()
    const stops = directories.map((directory) => directory.watch())
    return {
      offers: { transfer: sdk.transferSource(zones) },
      onQuery(query) {
        if (allowed.find(query.wire, HEADER_SIZE) === undefined) return
        const zone = index.find(query.wire, HEADER_SIZE)
        return zone && sdk.answerQuery(zone, query, host)
      },
      handover: () =>
        new Map(zones().flatMap((file) => (file.state ? [[stateKey(file), file.state]] : []))),
      shutdown() {
        for (const stop of stops) stop()
      },
    }
  },
})

const nameOf = (text: string): Name => Name.parseText(text)
