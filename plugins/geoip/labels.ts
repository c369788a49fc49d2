/** The labels of *geoip*, and where a record of a MaxMind database has them. */

import type { GeoRecord } from './database.ts'

type Read = (record: GeoRecord) => unknown

const at =
  (...path: readonly string[]): Read =>
  (record) =>
    path.reduce<unknown>((value, name) => Object(value)[name], record)

/** By label, without `geoip/`. */
const readers: Readonly<Record<string, Read>> = {
  'city/name': at('city', 'names', 'en'),
  'country/code': at('country', 'iso_code'),
  'country/name': at('country', 'names', 'en'),
  // Databases leave it out where it is false.
  'country/is_in_european_union': (record) =>
    at('country')(record) && (at('country', 'is_in_european_union')(record) ?? false),
  'continent/code': at('continent', 'code'),
  'continent/name': at('continent', 'names', 'en'),
  'subdivisions/code': (record) => {
    const subdivisions = at('subdivisions')(record)
    if (!Array.isArray(subdivisions)) return undefined
    return subdivisions.map((one) => Object(one).iso_code ?? '').join(',')
  },
  latitude: at('location', 'latitude'),
  longitude: at('location', 'longitude'),
  timezone: at('location', 'time_zone'),
  postalcode: at('postal', 'code'),
  'asn/number': at('autonomous_system_number'),
  'asn/org': at('autonomous_system_organization'),
}

/** Whether a label is one of these. */
export function isGeoLabel(label: string): boolean {
  return Object.hasOwn(readers, label)
}

/** A label of a record as text; undefined where the record has nothing. */
export function readLabel(record: GeoRecord, label: string): string | undefined {
  const value = readers[label]?.(record)
  return value === undefined || value === null ? undefined : String(value)
}
