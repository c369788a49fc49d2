/** The options of *secondary*. */

import {
  type AddressWithPort,
  args,
  directive,
  formatAddressWithPort,
  type InferOptions,
  many,
  oneOf,
  parseAddressWithPort,
  parseIpAddress,
  required,
  rest,
  transform,
  type Word,
  word,
  zones,
} from '@fingerpost/sdk'

/** Primaries that one line may name. */
export const MAX_PRIMARIES = 15

const primary: Word<AddressWithPort> = word<AddressWithPort>({
  expects: 'an IP address with or without a port',
  name: 'ADDRESS[:PORT]',
  example: '192.0.2.1',
  format: formatAddressWithPort,
  parse(text, refuse) {
    const parsed = parseAddressWithPort(text, 53)
    return parsed !== undefined && parseIpAddress(parsed.host) ? parsed : refuse()
  },
})

export const options = many(
  directive({
    args: rest(zones),
    block: {
      transfer: required(
        many(
          transform(
            args(oneOf('from'), many(primary, { max: MAX_PRIMARIES })),
            ([, primaries]) => primaries,
          ),
        ),
      ),
    },
  }),
)

export type SecondaryOptions = InferOptions<typeof options>
