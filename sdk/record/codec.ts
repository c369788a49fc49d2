/**
 * What a codec of RDATA is, and how one is put together from fields. RFC 1035 3.2.1 (wire),
 * 5.1 (presentation).
 */

import type { Name } from '../wire/name.ts'
import { RdataReader } from './rdata-reader.ts'
import { RdataWriter } from './rdata-writer.ts'
import { TextReader } from './text-reader.ts'
import type { ZoneToken } from './zone-text.ts'

/** RDATA of one type between its octets, its typed form and its text. */
export interface RdataCodec<T> {
  /**
   * Writes the octets, names uncompressed.
   * @throws RangeError when a value has no wire form.
   */
  compose(data: T): Uint8Array
  /** Reads all of `rdata`; undefined when octets are missing, left over or not allowed. */
  parse(rdata: Uint8Array): T | undefined
  /** Writes the presentation form, names with a trailing dot. */
  format(data: T): string
  /**
   * Reads the presentation form; relative names are completed with `origin`, the root by default.
   * @throws RangeError that says what was expected.
   */
  parseText(tokens: readonly ZoneToken[], origin?: Name): T
}

/** A part of RDATA. `parse` gives undefined, `parseText` throws a RangeError for what is wrong. */
export interface Field<T> {
  compose(to: RdataWriter, value: T): void
  parse(from: RdataReader): T | undefined
  format(value: T): string
  parseText(from: TextReader): T
}

/** A field for each property, in the order of the wire. */
export type Layout<T> = { readonly [K in keyof T]-?: Field<T[K]> }

/** Makes the codec of RDATA that is a sequence of fields, in one order on the wire and in text. */
export function fields<T extends object>(layout: Layout<T>): RdataCodec<T> {
  const entries = Object.entries(layout) as [keyof T & string, Field<unknown>][]
  return codec<T>({
    compose(to, data) {
      for (const [key, field] of entries) field.compose(to, data[key])
    },
    parse(from) {
      const data: Partial<Record<keyof T, unknown>> = {}
      for (const [key, field] of entries) {
        const value = field.parse(from)
        if (value === undefined) return undefined
        data[key] = value
      }
      return data as T
    },
    format(data) {
      const texts = entries.map(([key, field]) => field.format(data[key]))
      return texts.filter((text) => text !== '').join(' ')
    },
    parseText(from) {
      const data: Partial<Record<keyof T, unknown>> = {}
      for (const [key, field] of entries) {
        from.field = key
        data[key] = field.parseText(from)
      }
      return data as T
    },
  })
}

/** Makes a codec of one field that takes all of the RDATA. */
export function codec<T>(field: Field<T>): RdataCodec<T> {
  return {
    compose(data) {
      const to = new RdataWriter()
      field.compose(to, data)
      return to.toBytes()
    },
    parse(rdata) {
      const from = new RdataReader(rdata)
      const data = field.parse(from)
      return from.left === 0 ? data : undefined
    },
    format: (data) => field.format(data),
    parseText(tokens, origin) {
      const from = new TextReader(tokens, origin)
      const data = field.parseText(from)
      from.end()
      return data
    },
  }
}
