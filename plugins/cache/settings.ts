/** What a cache goes by: its options with the defaults of the server block filled in. */

import { Name } from '@fingerpost/sdk'
import type { ClassifyRules, TtlBounds } from './classify.ts'
import type { Options, StaleOptions } from './options.ts'
import { ZoneSet } from './zone-set.ts'

const DEFAULT_CAPACITY = 10_000
const DEFAULT_SUCCESS_TTL_SECONDS = 3600
const DEFAULT_DENIAL_TTL_SECONDS = 1800
const DEFAULT_MIN_TTL_SECONDS = 5

/** When a popular entry is refreshed before it expires. */
export interface PrefetchSettings {
  /** Hits it takes. */
  readonly minHits: number
  /** A longer pause between two hits begins the count anew. */
  readonly maxPauseMs: number
  /** The part of its TTL that must be left at most, in percent. */
  readonly percentage: number
}

/** Everything a cache goes by. */
export interface Settings extends ClassifyRules {
  readonly zones: ZoneSet
  /** The zones as the label of metrics: joined by commas. */
  readonly zonesLabel: string
  readonly successCapacity: number
  readonly denialCapacity: number
  /** Zones whose answers are not stored. */
  readonly successDisabled: ZoneSet
  readonly denialDisabled: ZoneSet
  /** Zones of which neither is stored: nothing needs to be looked up. */
  readonly unstored: ZoneSet
  readonly prefetch: PrefetchSettings | undefined
  /** Undefined when expired entries are not served. */
  readonly stale: StaleOptions | undefined
  readonly prefersPositive: boolean
  readonly keepsTtl: boolean
  /** Equal for settings that store the same things: then a reload keeps what is stored. */
  readonly signature: string
}

/** Makes settings of options. */
export function makeSettings({ args, block }: Options, blockZones: readonly Name[]): Settings {
  const zones = args.zones?.map((zone) => Name.parseText(zone)) ?? blockZones
  const bounds = (
    capacity: readonly [number, number | undefined, number | undefined] | undefined,
    defaultTtlSeconds: number,
  ): TtlBounds => ({
    minTtlSeconds: capacity?.[2] ?? DEFAULT_MIN_TTL_SECONDS,
    maxTtlSeconds: capacity?.[1] ?? args.ttlSeconds ?? defaultTtlSeconds,
  })
  const disabled = (kind: 'success' | 'denial'): readonly Name[] =>
    block.disable
      .filter(([disabledKind]) => disabledKind === kind)
      .flatMap(([, named]) =>
        named.length === 0 ? blockZones : named.map((zone) => Name.parseText(zone)),
      )
  const stored = {
    success: bounds(block.success, DEFAULT_SUCCESS_TTL_SECONDS),
    denial: bounds(block.denial, DEFAULT_DENIAL_TTL_SECONDS),
    servfailSeconds: Math.floor(block.servfail / 1000),
    successCapacity: block.success?.[0] ?? DEFAULT_CAPACITY,
    denialCapacity: block.denial?.[0] ?? DEFAULT_CAPACITY,
  }
  const successDisabled = disabled('success')
  const denialDisabled = disabled('denial')
  const [minHits = 0, maxPauseMs = 0, percentage = 0] = block.prefetch ?? []
  const stale = block.serve_stale
  return {
    ...stored,
    zones: new ZoneSet(zones),
    zonesLabel: zones.join(','),
    successDisabled: new ZoneSet(successDisabled),
    denialDisabled: new ZoneSet(denialDisabled),
    unstored: new ZoneSet([
      ...successDisabled.filter((zone) => isInOneOf(zone, denialDisabled)),
      ...denialDisabled.filter((zone) => isInOneOf(zone, successDisabled)),
    ]),
    prefetch: minHits > 0 ? { minHits, maxPauseMs, percentage } : undefined,
    stale: stale !== undefined && stale.maxStaleMs > 0 ? stale : undefined,
    prefersPositive: block.serve_stale_policy === 'prefer_positive',
    keepsTtl: block.keepttl,
    signature: JSON.stringify([stored, ...[zones, successDisabled, denialDisabled].map(String)]),
  }
}

function isInOneOf(name: Name, zones: readonly Name[]): boolean {
  return zones.some((zone) => name.isSubdomainOf(zone))
}
