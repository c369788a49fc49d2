/** A node's DNS under test: a template, the ConfigMap kube-dns, resolvers, all of its own. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { type AnsweringServer, startResolver } from './answering-server.ts'
import { type LiveServer, replaceFile, startLive } from './live-server.ts'
import type { Program } from './program.ts'
import { scratch } from './scratch.ts'

/** What a test starts from. */
export interface NodePlan {
  readonly directory: string
  /** The port that is served. */
  readonly port: number
  readonly metricsPort: number
  /** Answers 192.0.2.10 for the names of the cluster. */
  readonly cluster: AnsweringServer
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Makes directories and resolvers; `template` gets ports put in. */
export async function planNode(template: (plan: NodePlan) => string): Promise<NodePlan> {
  const directory = scratch()
  for (const name of ['base', 'kube-dns', 'extra']) mkdirSync(join(directory, name))
  const port = await freePort()
  const metricsPort = await freePort()
  const cluster = await startResolver('192.0.2.10')
  const plan: NodePlan = {
    directory,
    port,
    metricsPort,
    cluster,
    args: [
      ...['-localip', '127.0.0.1', '-setupinterface=false', '-rules', 'none'],
      ...['-basecorefile', 'base/Corefile.base', '-conf', 'Corefile', '-kubednscm', 'kube-dns'],
      ...['-dns.port', String(port), '-upstreamsvc', 'kube-dns-upstream'],
      ...['-metrics-listen-address', `127.0.0.1:${metricsPort}`, '-extra-corefile', 'extra'],
      ...['-resolv-conf', 'resolv.conf', '-systemd-resolv-conf', 'resolved.conf'],
    ],
    env: { KUBE_DNS_UPSTREAM_SERVICE_HOST: '127.0.0.1' },
  }
  replaceFile(join(directory, 'base'), 'Corefile.base', template(plan))
  return plan
}

/** Starts the plan. */
export function startNode(program: Program, plan: NodePlan): Promise<LiveServer> {
  const { directory: cwd, args, env } = plan
  return startLive(program, { command: 'node', cwd, args, env })
}

/** Puts a key of the ConfigMap kube-dns in place. */
export function setKubeDns({ directory }: NodePlan, key: string, value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  replaceFile(join(directory, 'kube-dns'), key, text)
}

/** The stock template's blocks for the cluster and for all else, on ports that are free. */
export function usualTemplate({ port, cluster }: NodePlan): string {
  return `(common) {
    errors
    bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__
}
__PILLAR__DNS__DOMAIN__:${port} {
    import common
    cache {
            success 9984 30
            denial 9984 5
    }
    reload
    forward . __PILLAR__CLUSTER__DNS__:${cluster.port} {
            force_tcp
    }
}
.:${port} {
    import common
    reload
    forward . __PILLAR__UPSTREAM__SERVERS__
}
`
}
