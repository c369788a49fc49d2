/**
 * `-metrics-listen-address`: metrics, those of the set-up among them, whatever the Corefile says;
 * and `/health` and `/ready`, so that a probe needs nothing of the Corefile either.
 */

import { type AddressWithPort, addressWithPort, type Clock } from '@fingerpost/sdk'
import * as v from 'valibot'
import { UsageError } from '../flag-syntax.ts'
import type { Log } from '../log.ts'
import type { AdminSource } from '../sidecar/admin-source.ts'
import type { Sidecar } from '../sidecar/sidecar.ts'

/** While somebody else has the address, this often is looked whether that is over. */
const RETRY_MS = 10_000

export interface SetupMetricsParts {
  readonly clock: Clock
  readonly log: Log
  readonly admin: AdminSource
  readonly sidecar: Sidecar
}

/**
 * Reads the flag; undefined for no such address.
 * @throws UsageError
 */
export function parseMetricsAddress(text: string): AddressWithPort | undefined {
  if (text === '') return undefined
  const result = v.safeParse(addressWithPort(), text)
  if (result.success) return result.output
  throw new UsageError(
    `invalid value "${text}" for flag -metrics-listen-address: an address with a port, or off`,
  )
}

/** Opens the address for as long as the process lives, now or when it is free: DNS goes on anyway. */
export async function openSetupMetrics(
  { host, port }: AddressWithPort,
  { clock, log, admin, sidecar }: SetupMetricsParts,
): Promise<void> {
  const { endpointApp } = await import('../sidecar/endpoint-app.ts')
  const { HttpListener } = await import('../sidecar/http-listener.ts')
  const { defaultHttpLimits } = await import('../sidecar/http-limits.ts')
  const server = await sidecar.server
  const app = endpointApp({
    hasHealth: true,
    readiness: { waiting: () => server.readiness.waiting() },
    hasMetrics: true,
    source: admin,
    isEnding: () => server.isEnding,
    log: log.plugin('ready'),
  })
  const place = { address: host, port, isShared: true }
  const open = async (isFirst: boolean): Promise<void> => {
    try {
      const listener = await HttpListener.open(
        place,
        (request) => app.fetch(request),
        clock,
        defaultHttpLimits,
      )
      if (!isFirst) log.core.info(`Metrics are at ${host}:${listener.port} now`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (isFirst) log.core.warning(`No metrics yet at -metrics-listen-address: ${reason}`)
      clock.after(RETRY_MS, () => void open(false))
    }
  }
  await open(true)
}
