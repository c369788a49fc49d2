/** Listening stream sockets: their ports, whom they belong to, and how they are shared. */

import { type AddressInfo, createServer, type Server } from 'node:net'
import { errorCode, ListenError } from './listen-error.ts'
import { type PortClaim, PortClaims } from './port-claims.ts'
import { isWildcard } from './serve.ts'

/** A socket that listens; connections are heard of by its server's event `connection`. */
export interface StreamSocketServer {
  readonly server: Server
  /** As configured; empty for the wildcard address. */
  readonly address: string
  readonly port: number
  /** Stops listening at once; resolves when the last connection is over. */
  close(): Promise<void>
}

/**
 * Listens. The server shares its port (where the runtime can: Bun, Deno, Node from 23), so that a
 * reload may open `127.0.0.1:53` while `:53` still serves. Sharing with other processes is not
 * meant, unless `isShared`; as that would go unnoticed, a first server without sharing finds out.
 *
 * @throws {@link ListenError}
 */
export async function listenStream(
  configured: string,
  configuredPort: number,
  isShared = false,
): Promise<StreamSocketServer> {
  const address = isWildcard(configured) ? '' : configured
  claims.check(address, configuredPort)
  const server = await listenShared(address, configuredPort, isShared)
  const { port } = server.address() as AddressInfo
  const claim: PortClaim = { address, port }
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
  try {
    claims.add(claim)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    server,
    address,
    port,
    close() {
      claims.remove(claim)
      return stop()
    },
  }
}

const claims = new PortClaims('tcp')
const FREE_PORT_ATTEMPTS = 5
/** Connections that the system may hold until they are accepted. */
const BACKLOG = 1024
const SERVER_OPTIONS = { allowHalfOpen: true, noDelay: true }
const NO_IPV6_CODES = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', '']

async function listenShared(
  address: string,
  port: number,
  isSharedWithOthers: boolean,
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const isShared = port !== 0 && claims.holdsPort(port)
    try {
      // A probe would take connections that the others should get.
      if (isSharedWithOthers && port !== 0) return await listenOnAny(address, port, true)
      const probe = await listenOnAny(address, port, isShared)
      const found = probe.address() as AddressInfo
      await new Promise((resolve) => probe.close(resolve))
      return await listenOnOne(found.address, found.port, true)
    } catch (error) {
      // Someone may take the free port between finding and sharing it.
      const isLostRace = port === 0 && errorCode(error) === 'EADDRINUSE'
      if (!isLostRace || attempt === FREE_PORT_ATTEMPTS) {
        throw new ListenError('tcp', address, port, error)
      }
    }
  }
}

async function listenOnAny(address: string, port: number, isShared: boolean): Promise<Server> {
  if (address !== '') return listenOnOne(address, port, isShared)
  try {
    return await listenOnOne('::', port, isShared)
  } catch (error) {
    if (!NO_IPV6_CODES.includes(errorCode(error))) throw error
    return listenOnOne('0.0.0.0', port, isShared)
  }
}

function listenOnOne(host: string, port: number, isShared: boolean): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(SERVER_OPTIONS)
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve(server)
    })
    server.listen({ host, port, backlog: BACKLOG, exclusive: true, reusePort: isShared })
  })
}
