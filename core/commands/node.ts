/** `fingerpost node`: the DNS of one node, in the place of node-cache (reference 3). */

import { openExtras } from '../extra/open-extras.ts'
import { KubeDnsDirectory } from '../node/kube-dns-directory.ts'
import { type NodeNetwork, openNodeNetwork } from '../node/net/network.ts'
import {
  formatNodeUsage,
  type NodeFlags,
  networkSettings,
  parseNodeFlags,
} from '../node/node-flags.ts'
import { NodeSource } from '../node/node-source.ts'
import { declareSetupErrors } from '../node/setup-errors.ts'
import { openSetupMetrics, parseMetricsAddress } from '../node/setup-metrics.ts'
import type { Program } from '../program.ts'
import { type Role, serve } from '../serve.ts'
import { nodeGuardCommand } from './node-guard.ts'

/** The command, which has flags of its own. */
export const nodeCommand = {
  usage: formatNodeUsage,
  read(words: readonly string[]) {
    if (words[0] === 'guard') return nodeGuardCommand.read(words.slice(1))
    const flags = parseNodeFlags(words)
    return { flags, run: (program: Program) => serve(program, nodeRole(program, flags)) }
  },
}

function nodeRole(program: Program, flags: NodeFlags): Role {
  const { runtime } = program
  const metricsAddress = parseMetricsAddress(flags.metricsAddress)
  let source: NodeSource | undefined
  let net: NodeNetwork | undefined
  return {
    sharesPorts: true,
    isSmall: true,
    source({ metrics, network, clock, log }) {
      const errors = declareSetupErrors(metrics).labels('configmap')
      const kubeDns = new KubeDnsDirectory({ path: flags.kubeDnsDirectory, errors })
      source = new NodeSource({
        flags,
        environment: runtime.env,
        kubeDns,
        network,
        clock,
        log: log.core,
        errors,
      })
      return source
    },
    extras: (context) => [
      ...(source ? [source.stubDomains] : []),
      ...openExtras(program, flags, context),
    ],
    async beforeStart({ context, admin, sidecar }) {
      const { clock, log, metrics, network } = context
      net = openNodeNetwork({
        ...networkSettings(flags),
        program: runtime.command,
        errors: declareSetupErrors(metrics),
        clock,
        network,
        log: log.core,
        metrics,
      })
      await net.prepare()
      if (metricsAddress === undefined) return
      await openSetupMetrics(metricsAddress, { clock, log, admin, sidecar })
    },
    async beforeRetry() {
      await net?.restoreInterface()
    },
    async started() {
      await net?.intercept()
    },
    async beforeEnd() {
      await net?.stop()
    },
  }
}
