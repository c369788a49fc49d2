/** Messages of SkyDNS: what a key's value says about a name, as JSON. */

import { DnsError, type Name, parseIp, parseNameText } from '@fingerpost/sdk'
import type { KeyValue } from './range.ts'

/** What one key says. */
export interface Entry {
  readonly key: string
  /** The name that the key stands for. */
  readonly name: Name
  /** What the entry is about; a text beside a name hides the name from all but CNAME and PTR. */
  readonly kind: 'address' | 'name' | 'text'
  /** The octets of `host`, if it is an address. */
  readonly address: Uint8Array | undefined
  /** `host`, if it is a name. */
  readonly target: Name | undefined
  /** -1 for none. */
  readonly port: number
  readonly priority: number
  readonly weight: number
  readonly text: string
  readonly isMail: boolean
  /** 0 when the message does not say. */
  readonly ttlSeconds: number
  /** Labels that a target made from the key goes without. */
  readonly targetStrip: number
  readonly group: string
  /** The id of the key's lease. */
  readonly lease: string | undefined
}

const DEFAULT_PRIORITY = 10
const DEFAULT_WEIGHT = 100
const MAX_UINT16 = 65_535
const MAX_TTL_SECONDS = 2_147_483_647
/** A TXT record has room for 65,535 octets, lengths of strings included. */
const MAX_TEXT_BYTES = 60_000

/**
 * Reads a key's value.
 * @throws DnsError for what is no message of SkyDNS
 */
export function readEntry({ key, value, lease }: KeyValue, name: Name): Entry {
  const fields = new Fields(key, value)
  const hostText = fields.text('host')
  const text = fields.text('text')
  const address = parseIp(hostText)
  const isName = address === undefined && hostText !== ''
  const target = isName ? fields.name('host', hostText) : undefined
  return {
    key,
    name,
    kind: address !== undefined ? 'address' : target !== undefined && text === '' ? 'name' : 'text',
    address,
    target,
    port: fields.number('port', -1, MAX_UINT16),
    priority: fields.number('priority', 0, MAX_UINT16) || DEFAULT_PRIORITY,
    weight: fields.number('weight', 0, MAX_UINT16) || DEFAULT_WEIGHT,
    text,
    isMail: fields.flag('mail'),
    ttlSeconds: fields.number('ttl', 0, MAX_TTL_SECONDS),
    targetStrip: fields.number('targetstrip', 0, 127),
    group: fields.text('group'),
    lease,
  }
}

/** The fields of a message; as in Go, case does not matter in their names, and null is nothing. */
class Fields {
  readonly #key: string
  readonly #values = new Map<string, unknown>()

  constructor(key: string, json: string) {
    this.#key = key
    let message: unknown
    try {
      message = JSON.parse(json)
    } catch (cause) {
      throw this.#fault('its value is no JSON', cause)
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      throw this.#fault('its value is no JSON object')
    }
    for (const [name, value] of Object.entries(message)) {
      if (value !== null) this.#values.set(name.toLowerCase(), value)
    }
  }

  text(field: string): string {
    const value = this.#values.get(field) ?? ''
    if (typeof value !== 'string') throw this.#fault(`${field} is no text`)
    if (new TextEncoder().encode(value).length > MAX_TEXT_BYTES) {
      throw this.#fault(`${field} is longer than ${MAX_TEXT_BYTES} octets`)
    }
    return value
  }

  number(field: string, min: number, max: number): number {
    const value = this.#values.get(field) ?? 0
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw this.#fault(`${field} is no whole number from ${min} to ${max}`)
    }
    return value
  }

  flag(field: string): boolean {
    const value = this.#values.get(field) ?? false
    if (typeof value !== 'boolean') throw this.#fault(`${field} is neither true nor false`)
    return value
  }

  name(field: string, text: string): Name {
    const name = parseNameText(text)
    if (name === undefined) throw this.#fault(`${field} is neither an address nor a name`)
    return name
  }

  #fault(reason: string, cause?: unknown): DnsError {
    return new DnsError('upstream-malformed', `key ${this.#key}: ${reason}`, { cause })
  }
}
