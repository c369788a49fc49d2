/** Where the admin address is, and what may be done there without a token. */

import { type AddressWithPort, addressWithPort, parseIp } from '@fingerpost/sdk'
import * as v from 'valibot'

/** What `--admin` is without the flag. */
export const DEFAULT_ADMIN_ADDRESS = '127.0.0.1:8053'

/**
 * Reads the value of `--admin`: an address with a port, or `off`, which gives undefined.
 * @throws RangeError that says what was expected
 */
export function parseAdminAddress(text: string): AddressWithPort | undefined {
  if (text === 'off') return undefined
  const result = v.safeParse(addressWithPort(), text)
  if (result.success) return result.output
  throw new RangeError(`an admin address is ADDRESS:PORT or off, not "${text}"`)
}

/**
 * Reads a file given as `--admin-token-file`.
 * @throws RangeError for a token that is too short to keep anybody out
 */
export function parseAdminToken(text: string): string {
  const token = text.trim()
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new RangeError('an admin token is one line of letters, digits and punctuation')
  }
  if (token.length < MIN_TOKEN_LENGTH) {
    throw new RangeError(`an admin token has at least ${MIN_TOKEN_LENGTH} characters`)
  }
  return token
}

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  if (address.toLowerCase() === 'localhost') return true
  const octets = parseIp(address.replace(/%.*$/, ''))
  if (octets?.length === 4) return octets[0] === 127
  return octets?.length === 16 && octets.every((octet, i) => octet === (i === 15 ? 1 : 0))
}

const MIN_TOKEN_LENGTH = 16
