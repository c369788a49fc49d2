/** Opens what a `dns://` server listens on: UDP and TCP on one port. RFC 7766 section 5. */

import type { Listener } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { errorCode } from './listen-error.ts'
import type { Serve } from './serve.ts'
import { openTcp, type TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import { openUdp, type SocketCount, type UdpListener } from './udp.ts'

export interface DnsListenOptions extends SocketCount {
  readonly address: string
  /** 0 for any port that is free for both. */
  readonly port: number
  readonly udp: Listener | ((port: number) => Listener)
  readonly tcp: Listener | ((port: number) => Listener)
  readonly onFault?: ((error: unknown) => void) | undefined
  /** See `ListenOptions`. */
  readonly onShed?: ((count: number, heaviest: string | undefined) => void) | undefined
  /** See `ListenOptions`. */
  readonly isShared?: boolean | undefined
}

/** A UDP and a TCP listener on the same address and port. */
export interface DnsListeners {
  readonly port: number
  readonly udp: UdpListener
  readonly tcp: TcpListener
  close(graceMs?: number): Promise<void>
}

const FREE_PORT_ATTEMPTS = 10

/** Opens both listeners or none. @throws {@link ListenError} */
export async function openDns(
  runtime: Runtime,
  options: DnsListenOptions,
  serve: Serve,
  limits: Partial<TcpLimits> = {},
): Promise<DnsListeners> {
  for (let attempt = 1; ; attempt++) {
    const tcp = await openTcp(runtime, { ...options, listener: options.tcp }, serve, limits)
    try {
      const { port } = tcp
      const udp = await openUdp(runtime, { ...options, port, listener: options.udp }, serve)
      return {
        port,
        udp,
        tcp,
        async close(graceMs) {
          await Promise.all([udp.close(), tcp.close(graceMs)])
        },
      }
    } catch (error) {
      await tcp.close(0)
      const isTaken = options.port === 0 && errorCode(error) === 'EADDRINUSE'
      if (!isTaken || attempt === FREE_PORT_ATTEMPTS) throw error
    }
  }
}
