/** Ranges of keys as etcd's JSON gateway takes and gives them: octets as Base64, 64 bits as text. */

import { DnsError } from '@fingerpost/sdk'

export interface KeyValue {
  readonly key: string
  readonly value: string
  /** The id of a lease; undefined without one. */
  readonly lease: string | undefined
}

/** What a range has. */
export interface Range {
  readonly items: readonly KeyValue[]
  /** Whether there is more than was asked for. */
  readonly isCut: boolean
}

/** Keys that are read for one name. */
export const MAX_KEYS = 1000

/** Asks for one key. */
export function exactly(key: string): object {
  return { key: toBase64(key) }
}

/** Asks for all keys below one: `0` is the character after `/`. */
export function below(key: string): object {
  return { key: toBase64(`${key}/`), range_end: toBase64(`${key}0`), limit: MAX_KEYS }
}

/**
 * Reads a range.
 * @throws DnsError for what is none
 */
export function readRange(answer: unknown): Range {
  const { kvs = [], more = false } = objectOf(answer)
  if (!Array.isArray(kvs)) throw malformed()
  return { items: kvs.slice(0, MAX_KEYS).map(readKeyValue), isCut: more === true }
}

/** The answers to the operations of a transaction, in their order. */
export function readRanges(answer: unknown): Range[] {
  const { responses } = objectOf(answer)
  if (!Array.isArray(responses)) throw malformed()
  return responses.map((one) => readRange(objectOf(one).response_range))
}

/** An object of JSON. */
export function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw malformed()
  return value as Record<string, unknown>
}

function readKeyValue(item: unknown): KeyValue {
  const { key, value = '', lease } = objectOf(item)
  if (typeof key !== 'string' || typeof value !== 'string') throw malformed()
  const hasLease = typeof lease === 'string' && /^-?\d+$/.test(lease) && lease !== '0'
  return { key: fromBase64(key), value: fromBase64(value), lease: hasLease ? lease : undefined }
}

function toBase64(text: string): string {
  let octets = ''
  for (const octet of new TextEncoder().encode(text)) octets += String.fromCharCode(octet)
  return btoa(octets)
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (octet) => octet.charCodeAt(0)))
  } catch (cause) {
    throw malformed(cause)
  }
}

function malformed(cause?: unknown): DnsError {
  return new DnsError('upstream-malformed', 'what came is not what etcd answers', { cause })
}
