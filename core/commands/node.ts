/** `fingerpost node`: the DNS of one node, in the place of node-cache (reference 3). */

import { openExtras } from '../extra/open-extras.ts'
import { UsageError } from '../flag-syntax.ts'
import { KubeDnsDirectory } from '../node/kube-dns-directory.ts'
import { formatNodeUsage, type NodeFlags, parseNodeFlags } from '../node/node-flags.ts'
import { NodeSource } from '../node/node-source.ts'
import { declareSetupErrors } from '../node/setup-errors.ts'
import { openSetupMetrics, parseMetricsAddress } from '../node/setup-metrics.ts'
import type { Program } from '../program.ts'
import { type Role, serve } from '../serve.ts'

/** The command, which has flags of its own. */
export const nodeCommand = {
  usage: formatNodeUsage,
  read(words: readonly string[]) {
    const flags = parseNodeFlags(words)
    if (!flags.help && (flags.setsUpInterface || flags.rules !== 'none')) {
      throw new UsageError('this version needs -setupinterface=false and -rules none')
    }
    return { flags, run: (program: Program) => serve(program, nodeRole(program, flags)) }
  },
}

function nodeRole({ runtime }: Program, flags: NodeFlags): Role {
  const metricsAddress = parseMetricsAddress(flags.metricsAddress)
  let source: NodeSource | undefined
  return {
    sharesPorts: true,
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
    extras: () => [...(source ? [source.stubDomains] : []), ...openExtras(flags)],
    async beforeStart({ context, admin, sidecar }) {
      if (metricsAddress === undefined) return
      const { clock, log } = context
      await openSetupMetrics(metricsAddress, { clock, log, admin, sidecar })
    },
  }
}
