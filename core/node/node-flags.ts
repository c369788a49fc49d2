/** The command line of `fingerpost node`: node-cache's flags (reference 3.2), and some of our own. */

import { durationBetween } from '@fingerpost/sdk'
import * as v from 'valibot'
import {
  type FlagSpec,
  type FlagSpecs,
  formatFlags,
  isTrue,
  readFlags,
  readPort,
  UsageError,
} from '../flag-syntax.ts'
import { defaultFlags, type Flags, specs } from '../flags.ts'
import { type StubUse, stubUses } from './host-resolvers.ts'
import { parseLocalIps } from './local-ips.ts'
import type { NodeNetworkSettings, RulesKind } from './net/network.ts'

/** What the command line of a node asks for. */
export interface NodeFlags extends Flags {
  /** Addresses to listen on; empty where none were given, which only `-help` and the like allow. */
  readonly localIps: readonly string[]
  readonly setsUpInterface: boolean
  readonly interfaceName: string
  readonly interfaceType: string
  readonly rules: RulesKind
  /** How often interface and rules are looked at. */
  readonly syncIntervalMs: number
  /** Where metrics are served whatever the Corefile says; empty for nowhere. */
  readonly metricsAddress: string
  /** What `__PROMETHEUS__ENDPOINT__` in the template stands for. */
  readonly prometheusAddress: string
  readonly template: string
  /** Where the Corefile is written to; `-conf` is another name for it. */
  readonly output: string
  /** Directory of the ConfigMap `kube-dns`. */
  readonly kubeDnsDirectory: string
  readonly upstreamService: string
  readonly healthPort: number
  readonly keepsNetwork: boolean
  readonly clusterDomain: string
  readonly resolvConf: string
  readonly upstreamResolvConf: string
  readonly stubUse: StubUse
}

const defaults: NodeFlags = {
  ...defaultFlags,
  localIps: [],
  setsUpInterface: true,
  interfaceName: 'nodelocaldns',
  interfaceType: 'dummy',
  rules: 'auto',
  syncIntervalMs: 60_000,
  metricsAddress: '0.0.0.0:9353',
  prometheusAddress: ':9253',
  template: '/etc/coredns/Corefile.base',
  output: '/etc/Corefile',
  kubeDnsDirectory: '/etc/kube-dns',
  upstreamService: 'kube-dns',
  healthPort: 8080,
  keepsNetwork: false,
  clusterDomain: 'cluster.local',
  resolvConf: '/etc/resolv.conf',
  upstreamResolvConf: '/run/systemd/resolve/resolv.conf',
  stubUse: 'auto',
}

const outputFlag: FlagSpec<NodeFlags> = {
  takes: 'FILE',
  help: 'Corefile to write, or to take where there is no template (/etc/Corefile)',
  read: (value) => ({ output: value }),
}

/** Flags of this command alone. */
export const nodeSpecs: FlagSpecs<NodeFlags> = {
  localip: {
    takes: 'IP,...',
    help: 'addresses to listen on (needed)',
    read: (value) => ({ localIps: parseLocalIps(value) }),
  },
  basecorefile: {
    takes: 'FILE',
    help: 'template of the Corefile (/etc/coredns/Corefile.base)',
    read: (value) => ({ template: value }),
  },
  corefile: outputFlag,
  conf: outputFlag,
  kubednscm: {
    takes: 'DIR',
    help: 'the ConfigMap kube-dns (/etc/kube-dns)',
    read: (value) => (value === '' ? {} : { kubeDnsDirectory: value }),
  },
  upstreamsvc: {
    takes: 'NAME',
    help: 'Service that has the names of the cluster (kube-dns)',
    read: (value) => ({ upstreamService: value }),
  },
  'cluster-domain': {
    takes: 'NAME',
    help: 'domain of the cluster, where the template leaves it open (cluster.local)',
    read: (value) => ({ clusterDomain: value }),
  },
  'resolv-conf': {
    takes: 'FILE',
    help: "the host's resolvers (/etc/resolv.conf)",
    read: (value) => ({ resolvConf: value }),
  },
  'systemd-resolv-conf': {
    takes: 'FILE',
    help: 'upstreams of systemd-resolved (/run/systemd/resolve/resolv.conf)',
    read: (value) => ({ upstreamResolvConf: value }),
  },
  'resolved-stub': {
    takes: 'HOW',
    help: 'the stub of systemd-resolved: auto, use, avoid (auto: if it answers)',
    read: (value, name) => ({ stubUse: readChoice(name, value, stubUses) }),
  },
  setupinterface: {
    help: 'make the interface (on)',
    read: (value) => ({ setsUpInterface: isTrue(value) }),
  },
  interfacename: {
    takes: 'NAME',
    help: 'name of the interface (nodelocaldns)',
    read: (value) => ({ interfaceName: readInterfaceName(value) }),
  },
  'interface-type': {
    takes: 'TYPE',
    help: 'kind of the interface (dummy)',
    read: (value) => ({ interfaceType: value }),
  },
  setupiptables: {
    help: 'make rules of the packet filter (on)',
    read: (value) => (isTrue(value) ? {} : { rules: 'none' }),
  },
  rules: {
    takes: 'HOW',
    help: 'how they are made: auto, iptables, nftables, none (auto)',
    read: (value, name) => ({ rules: readChoice(name, value, rulesKinds) }),
  },
  syncinterval: {
    takes: 'TIME',
    help: 'how often interface and rules are looked at (60s)',
    read: (value, name) => ({ syncIntervalMs: readSyncInterval(name, value) }),
  },
  skipteardown: {
    help: 'leave interface and rules behind at the end',
    read: (value) => ({ keepsNetwork: isTrue(value) }),
  },
  'health-port': {
    takes: 'PORT',
    help: 'port of /health, for the rules (8080)',
    read: (value, name) => ({ healthPort: readPort(name, value) }),
  },
  'metrics-listen-address': {
    takes: 'ADDR',
    help: 'address of metrics of the set-up (0.0.0.0:9353; off: none)',
    read: (value) => ({ metricsAddress: ['0', 'off'].includes(value) ? '' : value }),
  },
  'prometheus-listen-address': {
    takes: 'ADDR',
    help: 'what __PROMETHEUS__ENDPOINT__ stands for (:9253)',
    read: (value) => ({ prometheusAddress: value }),
  },
  reloadwithsignal: {
    help: 'accepted; changes are taken at once anyway',
    read: () => ({}),
  },
}

const rulesKinds = ['auto', 'iptables', 'nftables', 'none'] as const

/**
 * Reads the words behind `node`.
 * @throws UsageError
 */
export function parseNodeFlags(words: readonly string[]): NodeFlags {
  const flags = readFlags<NodeFlags>(words, { ...specs, ...nodeSpecs }, defaults, (word) => {
    throw new UsageError(`extra command line argument: ${word}`)
  })
  // The template is what people write: plugins are looked for beside it.
  const read = { ...flags, conf: flags.template }
  const isInfo = flags.help || flags.version || flags.plugins
  return isInfo ? read : { ...read, localIps: needLocalIps(flags.localIps) }
}

/** What the flags say of interface and rules. */
export function networkSettings(flags: NodeFlags): NodeNetworkSettings {
  const { localIps, interfaceName, interfaceType, rules, healthPort, syncIntervalMs } = flags
  return {
    localIps,
    interfaceName,
    interfaceType,
    setsUpInterface: flags.setsUpInterface,
    rules,
    dnsPort: flags.dnsPort,
    healthPort,
    syncIntervalMs,
    keepsNetwork: flags.keepsNetwork,
  }
}

/** The flags for people, one a line. */
export function formatNodeUsage(): string {
  const { conf: _, ...others } = specs
  return `Usage: fingerpost node -localip IP,... [flags]
       fingerpost node guard -localip IP,... [flags]   takes out the rules when nobody answers

${formatFlags(nodeSpecs)}

As everywhere:

${formatFlags(others)}
`
}

function needLocalIps(localIps: readonly string[]): readonly string[] {
  return localIps.length > 0 ? localIps : parseLocalIps('')
}

/**
 * node-cache takes a duration and counts its nanoseconds as seconds: `60ns`, its default, is a
 * minute. That works here, and so do `60` and `60s`.
 */
function readSyncInterval(name: string, text: string): number {
  const [, seconds] = /^(\d{1,6})(?:ns)?$/.exec(text) ?? []
  const { output, success } = v.safeParse(
    durationBetween({ minMs: MIN_SYNC_INTERVAL_MS, maxMs: MAX_SYNC_INTERVAL_MS }),
    seconds === undefined ? text : `${seconds}s`,
  )
  if (success) return output as number
  throw new UsageError(`invalid value "${text}" for flag -${name}: 1s to 1h, for example 60s`)
}

const MIN_SYNC_INTERVAL_MS = 1000
const MAX_SYNC_INTERVAL_MS = 3_600_000

function readChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text)
  if (choice !== undefined) return choice
  throw new UsageError(`invalid value "${text}" for flag -${name}: one of ${choices.join(', ')}`)
}

/** Linux takes 15 octets, and neither slashes nor spaces. */
function readInterfaceName(text: string): string {
  if (/^[^\s/:]{1,15}$/.test(text) && text !== '.' && text !== '..') return text
  throw new UsageError(`"${text}" can't be the name of an interface`)
}
