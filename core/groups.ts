/** Server blocks gathered by what they listen on: one socket, one table that chooses between them. */

import { Name } from '@fingerpost/sdk'
import type { ConfiguredBlock } from './configure.ts'
import { placeSettings } from './listen/place-settings.ts'
import type { Part } from './part.ts'
import { placementsOf } from './placement.ts'
import type { Route } from './server.ts'
import type { ListenPlace, OpenPlace } from './sockets.ts'
import type { Spread } from './workers/workers.ts'
import { ZoneTable } from './zone-table.ts'

/** The blocks of one place. */
export interface Group {
  readonly place: ListenPlace
  readonly blocks: readonly ConfiguredBlock[]
  readonly zones: ZoneTable<Route>
}

/** Gathers the blocks of all parts, in their order; `routeOf` gives the route into a block. */
export function makeGroups(
  parts: readonly Part[],
  dnsPort: number,
  routeOf: (block: ConfiguredBlock) => Route,
): Group[] {
  const groups = new Map<string, Gathering>()
  for (const part of parts) {
    for (const block of part.blocks) {
      for (const { key, place } of placementsOf(block, dnsPort)) {
        const group = groups.get(place.label) ?? gather(place, part)
        groups.set(place.label, group)
        if (!group.blocks.includes(block)) group.blocks.push(block)
        // How a place listens is up to the part that came first: an extra can't change the base.
        if (group.part === part && !group.owners.includes(block)) group.owners.push(block)
        group.zones.add(Name.parseText(key.zone), routeOf(block))
      }
    }
  }
  return [...groups.values()].map(({ place, blocks, zones, owners, part }) => {
    const wanted = owners.map((block) => block.settings)
    const { tls, ...settings } = placeSettings(wanted, place.transport)
    const identity = tls && part.identities.get(tls)
    const isPerProcess = settings.socketCount !== 1 && blocks.every(({ spreadable }) => spreadable)
    return { blocks, zones, place: { ...place, ...settings, isPerProcess, tls: identity } }
  })
}

interface Gathering {
  readonly place: ListenPlace
  readonly part: Part
  readonly blocks: ConfiguredBlock[]
  /** Those of the part that came first. */
  readonly owners: ConfiguredBlock[]
  readonly zones: ZoneTable<Route>
}

function gather(place: ListenPlace, part: Part): Gathering {
  return { place, part, blocks: [], owners: [], zones: new ZoneTable() }
}

/** What of them further processes may answer for; `openOf` gives a group's sockets. */
export function spreadOf(
  all: readonly Group[],
  blocks: readonly ConfiguredBlock[],
  openOf: (group: Group) => OpenPlace | undefined,
): Spread {
  const groups = all.filter(({ place }) => place.isPerProcess)
  return {
    blocks: blocks.filter((block) => groups.some((group) => group.blocks.includes(block))),
    places: groups.map((group) => ({
      label: group.place.label,
      port: openOf(group)?.listeners[0]?.port ?? group.place.port,
      processCount: group.place.socketCount ?? 1,
    })),
  }
}
