/** What the server blocks of one place want of its sockets, taken together as CoreDNS does. */

import {
  type BlockSettings,
  ConfigError,
  type ProxyProtocolSettings,
  type TlsSettings,
  type Token,
} from '@fingerpost/sdk'
import { limitsOf, type TcpLimits } from './tcp-limits.ts'

export interface PlaceSettings {
  readonly limits: Partial<TcpLimits>
  readonly socketCount: number
  readonly tls: TlsSettings | undefined
  readonly proxy: ProxyProtocolSettings | undefined
  /** What should be told though it keeps nothing from running. */
  readonly warnings: readonly ConfigError[]
}

type BlockPart = Pick<
  BlockSettings,
  'streams' | 'httpsConnections' | 'socketCount' | 'tls' | 'proxyProtocol'
>

/** Of limits, certificates and balancers the last counts, of numbers of sockets the first block's. */
export function placeSettings(
  blocks: readonly BlockPart[],
  transport: 'dns' | 'tls' | 'https',
): PlaceSettings {
  const warnings: ConfigError[] = []
  let limits: Partial<TcpLimits> = {}
  let tls: TlsSettings | undefined
  let proxy: ProxyProtocolSettings | undefined
  for (const block of blocks) {
    limits = { ...limits, ...limitsOf(block.streams) }
    const { httpsConnections: maxConnections } = block
    if (transport === 'https' && maxConnections !== undefined)
      limits = { ...limits, maxConnections }
    proxy = block.proxyProtocol ?? proxy
    if (block.tls === undefined) continue
    if (tls !== undefined && !isSame(tls, block.tls)) warnings.push(shadowed(tls))
    tls = block.tls
  }
  return { limits, socketCount: blocks[0]?.socketCount ?? 1, tls, proxy, warnings }
}

/** The error for a `tls://` block on a place without a certificate; `at` is the block's key. */
export function missingTls(at: Token): ConfigError {
  return new ConfigError('listen', 'a server block for tls:// needs a certificate', {
    at,
    suggestion: 'add to the block: tls CERT KEY',
  })
}

function isSame(one: TlsSettings, other: TlsSettings): boolean {
  return (
    one.certPath === other.certPath &&
    one.keyPath === other.keyPath &&
    one.caPath === other.caPath &&
    one.clientAuth === other.clientAuth
  )
}

function shadowed({ at }: TlsSettings): ConfigError {
  const message = 'a later server block on the same port has another tls, which counts for both'
  return new ConfigError('listen', message, { at })
}
