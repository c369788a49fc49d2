/**
 * A ConfigMap as core sees it. What follows it through the API is handed in by the composition
 * root, and loaded only when a flag asks for it.
 */

import type { Host } from '@fingerpost/sdk'
import type { Context } from '../context.ts'

/** Which ConfigMap, and how its API is reached. */
export interface ConfigMapPlace {
  readonly namespace: string
  readonly name: string
  /** A kubeconfig file; empty for the service account of the pod. */
  readonly kubeconfig: string
}

/** What of a host the connection uses. */
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

/** Hears of a ConfigMap. */
export interface ConfigMapSink {
  /**
   * It holds this now; undefined when there is none. Called once the API has answered and at each
   * change; while the API is away what it said last stands.
   */
  onData(data: Readonly<Record<string, string>> | undefined): void
  /** It could not be asked for; it is tried again until it can. */
  onFault(reason: string): void
}

/** A ConfigMap that is followed. */
export interface ConfigMapConnection {
  /** Writes an Event about it, where that is permitted. Never throws. */
  record(event: ConfigMapEvent): void
  close(): void
}

export interface ConfigMapEvent {
  readonly type: 'Normal' | 'Warning'
  /** One word in capitals and small letters, for programs. */
  readonly reason: string
  readonly message: string
}

/**
 * Follows a ConfigMap.
 * @throws ConfigError (rejects) when there is no way to the API: no pod, no such kubeconfig
 */
export type OpenConfigMap = (
  place: ConfigMapPlace,
  host: ConfigMapHost,
  sink: ConfigMapSink,
) => Promise<ConfigMapConnection>

/** What a connection gets of the process. */
export function configMapHost(context: Context): ConfigMapHost {
  const { clock, environment, log, metrics, network, random } = context
  return {
    clock,
    random,
    network,
    log: log.core,
    files: context.files(''),
    environment: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined),
    counter: (name, help, labels) => metrics.counter(name, help, labels),
    gauge: (name, help, labels) => metrics.gauge(name, help, labels),
    histogram: (name, help, bounds, labels) => metrics.histogram(name, help, bounds, labels),
  }
}
