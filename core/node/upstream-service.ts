/** The Service that a node asks for the cluster's names, as Kubernetes tells of it: by environment. */

import { parseIp } from '@fingerpost/sdk'

/** The variable that every pod started after a Service has: `KUBE_DNS_UPSTREAM_SERVICE_HOST`. */
export function serviceVariable(service: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_SERVICE_HOST`
}

/** The Service's address; undefined when the environment has none, or no address (`None`). */
export function serviceAddress(
  service: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const value = environment[serviceVariable(service)]?.trim() ?? ''
  return parseIp(value) === undefined ? undefined : value
}

/** What to do about a Service without an address. */
export function missingServiceHelp(
  service: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const variable = serviceVariable(service)
  const value = environment[variable]
  const found = value === undefined ? 'is not set' : `is "${value}", which is no IP address`
  return (
    `the environment variable ${variable} ${found}: create the Service "${service}" with a ` +
    'clusterIP in the namespace of this pod and start the pod again, name another Service with ' +
    '-upstreamsvc, or write the address of the cluster DNS into the template'
  )
}
