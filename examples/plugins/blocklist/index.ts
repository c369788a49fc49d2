/** *blocklist*: keeps names on lists, and all below them, from being resolved. */

import { ConfigError, definePlugin, HEADER_SIZE, type Host, parseNameText } from '@fingerpost/sdk'
import { BlockedNames } from './blocked-names.ts'
import { type BlocklistOptions, options } from './options.ts'
import { responder } from './replies.ts'
import { Source } from './source.ts'

export default definePlugin({
  name: 'blocklist',
  // Ahead of the cache: a change of a list holds at once, for cached answers too.
  order: { before: 'cache' },
  options,
  async setup({ args: [places], block }, host) {
    const sources = await openSources(places, host)
    const allowed = namesOf(block.allow)
    const respond = responder(block)
    const blocked = host.counter('blocked_total', 'Queries for names on a list.')
    const timers = [
      host.clock.every(FILE_INTERVAL_MS, () => refreshAll(sources, host, false)),
      host.clock.every(block.refresh, () => refreshAll(sources, host, true)),
    ]
    let isReady = sources.every(({ isUrl, names }) => !isUrl || names.count > 0)
    return {
      onQuery(query) {
        for (const { names } of sources) {
          if (!names.covers(query.wire, HEADER_SIZE)) continue
          if (allowed.covers(query.wire, HEADER_SIZE)) return undefined
          blocked.add()
          return respond(query)
        }
        return undefined
      },
      // URLs wait until the server answers: their hosts may be resolved by it.
      async started() {
        await refreshAll(sources, host, true)
        isReady = true
      },
      ready: () => isReady,
      handover: () => sources,
      shutdown() {
        for (const timer of timers) timer.cancel()
      },
    }
  },
})

const FILE_INTERVAL_MS = 5000

/** The lists, files already read: one that is missing is a mistake in the Corefile. */
async function openSources(places: BlocklistOptions['args'][0], host: Host): Promise<Source[]> {
  // After an edit of this plugin, what the old code hands over is of another class.
  const earlier = Array.isArray(host.inherited)
    ? host.inherited.filter((one) => one instanceof Source)
    : []
  const sources: Source[] = []
  for (const { value: place, at } of places) {
    const source = new Source(place)
    const same = earlier.find((one) => one.place === place)
    if (same !== undefined) source.continueFrom(same)
    if (!source.isUrl) {
      try {
        await source.read(host)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new ConfigError('file', `blocklist '${place}': ${reason}`, { at, cause: error })
      }
    }
    sources.push(source)
  }
  return sources
}

async function refreshAll(sources: readonly Source[], host: Host, isUrl: boolean): Promise<void> {
  await Promise.all(
    sources.filter((source) => source.isUrl === isUrl).map((source) => source.refresh(host)),
  )
}

function namesOf(texts: readonly string[]): BlockedNames {
  const names = new BlockedNames()
  for (const text of texts) {
    const name = parseNameText(text)
    if (name !== undefined) names.add(name)
  }
  return names
}
