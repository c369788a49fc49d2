/**
 * Fills in the template of a node's Corefile as node-cache does (reference 3.5), line for line: a
 * place in what comes out is the same place in the template.
 */

import { formatAddressWithPort } from '@fingerpost/sdk'

/** What is put in the place of `__PILLAR__…`. */
export interface TemplateValues {
  /** Resolvers for names outside the cluster; empty for those of the host. */
  readonly upstreamServers: readonly string[]
  /** File with the host's resolvers. */
  readonly resolvConf: string
  /** Where the cluster's DNS is; undefined where nobody told. */
  readonly clusterDns: string | undefined
  /** Addresses to listen on, as they were given; never empty. */
  readonly localIps: readonly string[]
  readonly clusterDomain: string
  /** Address that *prometheus* is to listen on. */
  readonly metricsAddress: string
}

/** A template filled in. */
export interface FilledTemplate {
  readonly text: string
  /** For the log. */
  readonly warnings: readonly string[]
}

/** Fills in a template. */
export function fillTemplate(template: string, values: TemplateValues): FilledTemplate {
  const { localIps, clusterDns, resolvConf, upstreamServers } = values
  const warnings: string[] = []
  let text = template
  if (upstreamServers.length === 0) {
    text = text.replaceAll(UPSTREAM_SERVERS, resolvConf)
  } else {
    const servers = upstreamServers.join(' ')
    // Those who set servers of their own are asked over UDP; the lines that go leave theirs empty.
    const plain = `\n    forward . ${servers}\n\n\n`
    text = text.replaceAll(FORCED_TCP_BLOCK, plain)
    if (OTHER_FORCED_TCP_BLOCK.test(text)) {
      warnings.push(
        `force_tcp of 'forward . ${UPSTREAM_SERVERS}' stays: it is not written as the block that ` +
          'upstreamNameservers replaces',
      )
    }
    text = text.replaceAll(UPSTREAM_SERVERS, servers)
  }
  if (clusterDns !== undefined) text = text.replaceAll(CLUSTER_DNS, clusterDns)
  // One word with a port can only be one address, such as that of *health*.
  text = text.replace(LOCAL_DNS_WITH_PORT, (_, port: string) =>
    formatAddressWithPort({ host: localIps[0] as string, port: Number(port) }),
  )
  text = text.replaceAll(LOCAL_DNS, localIps.join(' '))
  text = text.replaceAll(DNS_SERVER, '')
  // What installers fill in as a rule.
  text = text.replaceAll(DNS_DOMAIN, values.clusterDomain)
  for (const name of METRICS_ENDPOINTS) text = text.replaceAll(name, values.metricsAddress)
  return { text, warnings }
}

/** Whether a template says where the cluster's DNS goes, comments aside. */
export function usesClusterDns(template: string): boolean {
  return template.split('\n').some((line) => line.replace(COMMENT, '').includes(CLUSTER_DNS))
}

const UPSTREAM_SERVERS = '__PILLAR__UPSTREAM__SERVERS__'
const CLUSTER_DNS = '__PILLAR__CLUSTER__DNS__'
const LOCAL_DNS = '__PILLAR__LOCAL__DNS__'
const LOCAL_DNS_WITH_PORT = /__PILLAR__LOCAL__DNS__:(\d{1,5})(?!\d)/g
const DNS_SERVER = '__PILLAR__DNS__SERVER__'
const DNS_DOMAIN = '__PILLAR__DNS__DOMAIN__'
const METRICS_ENDPOINTS = ['__PILLAR__PROMETHEUS__ENDPOINT__', '__PROMETHEUS__ENDPOINT__']

/** Exactly this text; node-cache looks for no other. */
const FORCED_TCP_BLOCK = `
    forward . ${UPSTREAM_SERVERS} {
            force_tcp
    }
`
const OTHER_FORCED_TCP_BLOCK = /forward\s+\S+\s+__PILLAR__UPSTREAM__SERVERS__\s*\{[^}]*force_tcp/
const COMMENT = /(^|\s)#.*$/
