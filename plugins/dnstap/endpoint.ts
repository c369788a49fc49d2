/** Where a collector listens: `unix:///path`, a bare path, `tcp://host:port`, `tls://host:port`. */

import { parseAddressWithPort, type Word, word } from '@fingerpost/sdk'

/** A collector. */
export interface Endpoint {
  /** As it is written. */
  readonly name: string
  /** Of a Unix socket; undefined for TCP and TLS. */
  readonly path: string | undefined
  /** An address or a name. */
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

/** The word for a collector. */
export const endpoint: Word<Endpoint> = word<Endpoint>({
  expects: 'a path of a Unix socket, or tcp:// or tls:// with an address and a port',
  name: 'SOCKET',
  example: 'unix:///run/dnstap.sock',
  format: ({ name }) => name,
  parse(text, refuse) {
    const [, scheme = 'unix', place = ''] = /^(?:([a-z0-9+]+):\/\/)?(.*)$/is.exec(text) ?? []
    if (scheme === 'unix') {
      if (place === '' || place.includes('\0')) return refuse('the path is missing')
      return { name: text, path: place, host: '', port: 0, isTls: false }
    }
    if (scheme !== 'tcp' && scheme !== 'tls') return refuse(`${scheme}:// is not known`)
    const target = parseAddressWithPort(place, 0)
    if (target === undefined || target.host === '') return refuse()
    if (target.port === 0) return refuse('the port is missing')
    return { name: text, path: undefined, ...target, isTls: scheme === 'tls' }
  },
})
