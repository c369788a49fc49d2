/** LOC: where something is on Earth (RFC 1876). */

import { codec, type RdataCodec } from './codec.ts'
import type { RdataReader } from './rdata-reader.ts'
import type { TextReader } from './text-reader.ts'

/** RDATA of LOC, version 0. */
export interface LocData {
  /** Diameter in centimetres; one digit and a power of ten survive. */
  readonly sizeCm: number
  readonly horizontalPrecisionCm: number
  readonly verticalPrecisionCm: number
  /** Thousandths of a second of arc, north positive. */
  readonly latitude: number
  /** Thousandths of a second of arc, east positive. */
  readonly longitude: number
  /** Centimetres above the WGS 84 spheroid. */
  readonly altitudeCm: number
}

// On the wire 0 degrees is 2^31, and altitudes count from 100 km below the spheroid.
const EQUATOR = 0x80000000
const ALTITUDE_BASE_CM = 10_000_000
const MAX_LATITUDE = 90 * 3_600_000
const MAX_LONGITUDE = 180 * 3_600_000
const MAX_SIZE_CM = 9e9

export const locCodec: RdataCodec<LocData> = codec<LocData>({
  compose(to, data) {
    to.uint8(0)
    to.uint8(composeSize(data.sizeCm))
    to.uint8(composeSize(data.horizontalPrecisionCm))
    to.uint8(composeSize(data.verticalPrecisionCm))
    to.uint32(data.latitude + EQUATOR)
    to.uint32(data.longitude + EQUATOR)
    to.uint32(data.altitudeCm + ALTITUDE_BASE_CM)
  },
  parse(from) {
    if (from.uint8() !== 0) return undefined
    const sizeCm = parseSize(from)
    const horizontalPrecisionCm = parseSize(from)
    const verticalPrecisionCm = parseSize(from)
    const latitude = parseAngle(from, MAX_LATITUDE)
    const longitude = parseAngle(from, MAX_LONGITUDE)
    const altitude = from.uint32()
    if (sizeCm === undefined || latitude === undefined || longitude === undefined) return undefined
    if (horizontalPrecisionCm === undefined || verticalPrecisionCm === undefined) return undefined
    if (altitude === undefined) return undefined
    const altitudeCm = altitude - ALTITUDE_BASE_CM
    return { sizeCm, horizontalPrecisionCm, verticalPrecisionCm, latitude, longitude, altitudeCm }
  },
  format(data) {
    const place = [formatAngle(data.latitude, 'NS'), formatAngle(data.longitude, 'EW')]
    const { altitudeCm, sizeCm, horizontalPrecisionCm, verticalPrecisionCm } = data
    const sizes = [sizeCm, horizontalPrecisionCm, verticalPrecisionCm].map(formatSize)
    return [...place, `${(altitudeCm / 100).toFixed(2)}m`, ...sizes].join(' ')
  },
  parseText(from) {
    from.field = 'latitude'
    const latitude = parseAngleText(from, 'NS', 90)
    from.field = 'longitude'
    const longitude = parseAngleText(from, 'EW', 180)
    from.field = 'altitude'
    const altitudeCm = parseMetres(from, -ALTITUDE_BASE_CM, 0xffffffff - ALTITUDE_BASE_CM)
    // Defaults of RFC 1876 section 3: 1 m, 10 km, 10 m.
    const [sizeCm, horizontalPrecisionCm, verticalPrecisionCm] = [100, 1_000_000, 1000].map((cm) =>
      from.peek === undefined ? cm : parseMetres(from, 0, MAX_SIZE_CM),
    ) as [number, number, number]
    return { sizeCm, horizontalPrecisionCm, verticalPrecisionCm, latitude, longitude, altitudeCm }
  },
})

/** A length as a digit in the high half and a power of ten in the low one. */
function composeSize(cm: number): number {
  if (!(cm >= 0 && cm <= MAX_SIZE_CM)) throw new RangeError(`${cm} cm is not from 0 to 90,000 km`)
  let exponent = 0
  let digit = cm
  for (; digit >= 10; exponent++) digit = Math.floor(digit / 10)
  return (digit << 4) | exponent
}

function parseSize(from: RdataReader): number | undefined {
  const octet = from.uint8()
  if (octet === undefined || octet >> 4 > 9 || (octet & 15) > 9) return undefined
  // Nothing times a power of ten has an octet of its own, 0; others would not come back the same.
  if (octet > 0 && octet < 0x10) return undefined
  return (octet >> 4) * 10 ** (octet & 15)
}

function parseAngle(from: RdataReader, max: number): number | undefined {
  const angle = from.uint32()
  if (angle === undefined || Math.abs(angle - EQUATOR) > max) return undefined
  return angle - EQUATOR
}

function formatAngle(angle: number, letters: string): string {
  const thousandths = Math.abs(angle)
  const degrees = Math.floor(thousandths / 3_600_000)
  const minutes = Math.floor(thousandths / 60_000) % 60
  const seconds = ((thousandths % 60_000) / 1000).toFixed(3)
  return `${degrees} ${minutes} ${seconds} ${angle < 0 ? letters[1] : letters[0]}`
}

/** Writes metres, with centimetres only where there are some, as dig does. */
function formatSize(cm: number): string {
  return cm % 100 === 0 ? `${cm / 100}m` : `${(cm / 100).toFixed(2)}m`
}

/** Reads `d [m [s[.fff]]] LETTER`. */
function parseAngleText(from: TextReader, letters: string, maxDegrees: number): number {
  const expected = `degrees, minutes, seconds and ${letters[0]} or ${letters[1]}`
  let thousandths = 0
  for (let part = 0; part < 4; part++) {
    const text = from.word(expected)
    const letter = letters.indexOf(text.toUpperCase())
    if (part > 0 && letter >= 0 && text.length === 1) {
      if (thousandths > maxDegrees * 3_600_000)
        throw from.error(`at most ${maxDegrees} degrees`, text)
      return letter === 0 ? thousandths : -thousandths
    }
    const pattern = part === 2 ? /^\d{1,2}(\.\d{1,3})?$/ : /^\d{1,3}$/
    const unit = [3_600_000, 60_000, 1000][part]
    const max = part === 0 ? maxDegrees : 59.999
    if (unit === undefined || !pattern.test(text) || Number(text) > max) {
      throw from.error(expected, text)
    }
    thousandths += Math.round(Number(text) * unit)
  }
  throw from.error(expected)
}

/** Reads metres, with or without an `m`, as centimetres. */
function parseMetres(from: TextReader, minCm: number, maxCm: number): number {
  const text = from.word('metres')
  const cm = Math.round(Number(text.replace(/m$/i, '')) * 100)
  if (!/^-?\d{1,9}(\.\d{1,2})?m?$/i.test(text) || cm < minCm || cm > maxCm) {
    throw from.error('metres like 10 or -2.50m', text)
  }
  return cm
}
