/** The options of *transfer*. */

import {
  type AddressWithPort,
  args,
  directive,
  formatAddressWithPort,
  type InferOptions,
  ipAddress,
  many,
  parseAddressWithPort,
  parseIpAddress,
  required,
  rest,
  type Word,
  word,
  zones,
} from '@fingerpost/sdk'

/** Who may have a zone: everybody, or the one at an address, which is told of changes. */
export type Secondary = '*' | AddressWithPort

const secondary: Word<Secondary> = word<Secondary>({
  expects: 'an IP address with or without a port, or *',
  name: 'ADDRESS[:PORT]|*',
  example: '192.0.2.1',
  format: (value) => (value === '*' ? value : formatAddressWithPort(value)),
  parse(text, refuse) {
    if (text === '*') return '*'
    const parsed = parseAddressWithPort(text, 53)
    return parsed !== undefined && parseIpAddress(parsed.host) ? parsed : refuse()
  },
})

export const options = many(
  directive({
    args: args(rest(zones)),
    block: { to: required(many(secondary)), source: ipAddress },
  }),
)

export type TransferOptions = InferOptions<typeof options>
