/** What can be seen of zones from outside: alike for all plugins that have zones. */

import type { Counter, Host } from '../host.ts'
import type { Name } from '../wire/name.ts'
import type { ZoneData } from './zone-data.ts'

const LABELS = ['plugin', 'zone']

/** Says which version of a zone is served. */
export function setZoneMetrics(host: Host, data: ZoneData): void {
  const labels = [host.plugin, data.origin.toString()]
  host
    .gauge('fingerpost_zone_serial', 'Serial of the zone that is served.', LABELS)
    .labels(...labels)
    .set(data.serial ?? 0)
  host
    .gauge('fingerpost_zone_records', 'Records of the zone that is served.', LABELS)
    .labels(...labels)
    .set(data.records.count)
}

/** Says that a zone is not served any more. */
export function clearZoneMetrics(host: Host, origin: Name): void {
  host
    .gauge('fingerpost_zone_records', 'Records of the zone that is served.', LABELS)
    .labels(host.plugin, origin.toString())
    .set(0)
}

/** Counts the times that a new version of a zone could not be read. */
export function zoneFailures(host: Host, origin: Name): Counter {
  return host
    .counter('fingerpost_zone_failures_total', 'Versions of zones that could not be read.', LABELS)
    .labels(host.plugin, origin.toString())
}
