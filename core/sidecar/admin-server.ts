/** Serves the admin address for as long as the process lives. */

import type { AddressWithPort, Clock, Logger } from '@fingerpost/sdk'
import { adminApp } from './admin-app.ts'
import type { AdminSource } from './admin-source.ts'
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts'
import { HttpListener } from './http-listener.ts'
import type { SidecarServer } from './sidecar-server.ts'

/** What serving the admin address takes. */
export interface AdminServerParts {
  readonly clock: Clock
  readonly log: Logger
  readonly source: AdminSource
  readonly sidecar: Pick<SidecarServer, 'isEnding' | 'readiness'>
  /** The bearer token as it is now; see `parseAdminToken`. */
  token(): string | undefined
  readonly limits?: Partial<HttpLimits>
  /** Whether other processes may have the port as well: a server and its successor. */
  readonly isShared?: boolean
}

/**
 * Opens the admin address.
 * @throws ListenError
 */
export function openAdmin(
  { host, port }: AddressWithPort,
  { clock, log, source, sidecar, token, limits, isShared }: AdminServerParts,
): Promise<HttpListener> {
  const app = adminApp({
    source,
    access: { address: host, token },
    log,
    isEnding: () => sidecar.isEnding,
    readiness: () => sidecar.readiness,
  })
  return HttpListener.open(
    { address: host, port, isShared },
    (request, environment) => app.fetch(request, environment),
    clock,
    {
      ...defaultHttpLimits,
      ...limits,
    },
  )
}
