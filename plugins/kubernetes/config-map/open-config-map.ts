/**
 * Follows one ConfigMap and writes Events about it, with the same ways to an API as *kubernetes*
 * has. Core asks for it by the flag `-extra-configmap`.
 */

import type { Host } from '@fingerpost/sdk'
import { type Access, checkAccess, inClusterAccess } from '../api/access.ts'
import { ApiClient } from '../api/api-client.ts'
import { apiMetrics } from '../api/api-metrics.ts'
import { kubeconfigAccess } from '../api/kubeconfig.ts'
import { loadYaml } from '../yaml.ts'
import { ConfigMapWatch } from './config-map-watch.ts'
import { type EventText, EventWriter } from './event-writer.ts'

/** Which ConfigMap, and how its API is reached. */
export interface Place {
  readonly namespace: string
  readonly name: string
  /** A kubeconfig file; empty for the service account of the pod. */
  readonly kubeconfig: string
}

/** What of a host is used. */
export type ConfigMapHost = Pick<
  Host,
  | 'clock'
  | 'counter'
  | 'environment'
  | 'files'
  | 'gauge'
  | 'histogram'
  | 'log'
  | 'network'
  | 'random'
>

/** Hears of the ConfigMap. */
export interface Sink {
  /** It holds this now; undefined when there is none. */
  onData(data: Readonly<Record<string, string>> | undefined): void
  /** It could not be asked for; it is tried again. */
  onFault(reason: string): void
}

/** A ConfigMap that is followed. */
export interface Connection {
  /** Writes an Event about it, where that is permitted. */
  record(event: EventText): void
  close(): void
}

/**
 * Follows a ConfigMap until it is closed.
 * @throws ConfigError (rejects) when there is no way to the API
 */
export async function openConfigMap(
  place: Place,
  host: ConfigMapHost,
  sink: Sink,
): Promise<Connection> {
  const access = await accessOf(place, host)
  await checkAccess(access, host)
  const { clock, network } = host
  const metrics = apiMetrics(host, access.authority)
  // A watch keeps its connection busy: Events go over another one.
  const makeClient = (): ApiClient => new ApiClient({ access, network, clock, metrics })
  const ofConfigMap = metrics.kind('ConfigMap')
  const watch = new ConfigMapWatch({
    place,
    client: makeClient(),
    host,
    sink,
    onHeard: () => ofConfigMap.heard(clock.wallNow()),
  })
  const writer = new EventWriter({ place, client: makeClient(), host })
  void watch.run()
  return {
    record: (event) => writer.record(event, watch.object),
    close() {
      watch.close()
      ofConfigMap.end()
      writer.close()
    },
  }
}

async function accessOf({ kubeconfig }: Place, host: ConfigMapHost): Promise<Access> {
  if (kubeconfig === '') return inClusterAccess((name) => host.environment(name), host)
  const { parse } = await loadYaml()
  return kubeconfigAccess({ path: kubeconfig, parseYaml: parse }, host)
}
