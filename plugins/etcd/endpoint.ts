/** Where a member of an etcd cluster is reached: `https://etcd-1:2379`. */

import { type Word, word } from '@fingerpost/sdk'

export interface Endpoint {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** Undefined without a scheme: then it depends on whether there is *tls*. */
  readonly isSecure: boolean | undefined
}

const DEFAULT_PORT = 2379

export const endpoint: Word<Endpoint> = word<Endpoint>({
  expects: 'the URL of an etcd server',
  name: 'URL',
  example: 'http://localhost:2379',
  format: ({ isSecure, ...place }) => `${isSecure ? 'https' : 'http'}://${authorityOf(place)}`,
  parse(text, refuse) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
    if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
      return refuse(`the schemes are http and https, not ${scheme}`)
    }
    const whole = scheme === undefined ? `http://${text}` : text
    const url = URL.canParse(whole) ? new URL(whole) : undefined
    if (url === undefined) return refuse()
    if (url.username !== '') return refuse('a user and password go into credentials')
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      return refuse('nothing comes after the port')
    }
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: portOf(url, whole),
      isSecure: scheme === undefined ? undefined : scheme === 'https',
    }
  },
})

/** `host:port` as a URL has it. */
export function authorityOf({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

// A port that is the scheme's own is left out by URL, yet is not etcd's.
function portOf(url: URL, text: string): number {
  if (url.port !== '') return Number(url.port)
  const own = /:(\d+)\/?$/.exec(text)?.[1]
  return own === undefined ? DEFAULT_PORT : Number(own)
}
