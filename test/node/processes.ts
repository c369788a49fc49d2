/** The processes of a {@link World}: the cluster's DNS, the node's, and clients in the pod. */

import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { linkType, v4, v6, type World } from './world.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What all addresses of a node are, of both families. */
export const localIps = [v4.local, v4.service, v6.local, v6.service]
/** How long a process may take to say that it is there. */
const START_MS = 20_000

/** A process and what it has printed so far. */
export interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves with the exit code, or the signal. */
  readonly end: Promise<number | string>
  /** Resolves when it has printed that. */
  until(text: string | RegExp): Promise<void>
}

/** Starts the cluster's DNS. */
export async function startClusterDns({ cluster }: World): Promise<void> {
  await start(cluster, [process.execPath, join(root, 'test/node/cluster-dns.mjs')]).until('ready')
}

export interface NodePlan {
  readonly rules: 'iptables' | 'nftables'
  readonly args?: readonly string[]
  /** In front of the program: what limits it, say. */
  readonly wrapper?: readonly string[]
}

/** Starts `fingerpost node` with node-cache's own template; resolves when queries are led to it. */
export async function startNode(world: World, plan: NodePlan): Promise<Running> {
  const running = spawnNode(world, plan)
  await running.until('Fingerpost-')
  return running
}

/** The same, without waiting. */
export function spawnNode({ node }: World, plan: NodePlan): Running {
  const directory = scratch()
  copyFileSync(join(root, 'examples/node/Corefile.base'), join(directory, 'Corefile.base'))
  writeFileSync(join(directory, 'resolv.conf'), `nameserver ${v4.cluster}\n`)
  const words = [
    ...(plan.wrapper ?? []),
    ...[join(root, 'dist/fingerpost'), 'node', '-localip', localIps.join()],
    ...['-rules', plan.rules, '-interface-type', linkType(), '-upstreamsvc', 'kube-dns-upstream'],
    ...['-basecorefile', join(directory, 'Corefile.base'), '-conf', join(directory, 'Corefile')],
    ...['-resolv-conf', join(directory, 'resolv.conf'), ...(plan.args ?? [])],
  ]
  return start(node, words, { KUBE_DNS_UPSTREAM_SERVICE_HOST: v4.upstream })
}

/** In front of a program: as in a container, whose processes all end with its first one. */
export const ALONE = ['unshare', '--pid', '--fork', '--kill-child=SIGKILL'] as const

/** Starts a guard that stands alone, as beside the server's container; resolves when it guards. */
export async function startGuard({ node }: World, rules: NodePlan['rules']): Promise<Running> {
  const words = ['node', 'guard', '-localip', localIps.join(), '-rules', rules]
  const running = start(node, [...ALONE, join(root, 'dist/fingerpost'), ...words])
  await running.until('Guarding')
  return running
}

/** Stops a server as kubelet does; its exit code. */
export function stop({ child, end }: Running): Promise<number | string> {
  child.kill('SIGTERM')
  return end
}

/** What a lookup found: the address is that of whom the cluster's DNS saw. */
interface Found {
  readonly address?: string
  readonly error?: string
}

/** One lookup of the pod. */
export function lookup(
  { pod }: World,
  protocol: 'udp' | 'tcp',
  server: string,
  name: string,
): Promise<Found> {
  return lookupIn(pod, protocol, server, name)
}

/** The same, wherever it is. */
export async function lookupIn(
  namespace: string,
  protocol: 'udp' | 'tcp',
  server: string,
  name: string,
): Promise<Found> {
  const type = server.includes(':') ? 'AAAA' : 'A'
  const client = start(namespace, [...resolver, 'lookup', protocol, server, name, type])
  await client.end
  return JSON.parse(client.output())
}

/** What a client saw that looked up steadily. */
export interface Seen {
  readonly lookups: number
  readonly failed: readonly string[]
  readonly longestMs: number
  readonly addresses: Readonly<Record<string, number>>
}

/** What a client saw that asked each query once. */
export interface LoadSeen {
  readonly queries: number
  readonly answered: number
  readonly lost: number
  readonly lostAtMs: readonly number[]
  readonly refused: number
}

/** What a client saw that did the same thing again and again. */
export interface RepeatSeen {
  readonly rounds: number
  /** When, in milliseconds since the beginning, and why. */
  readonly failed: readonly string[]
}

/** Starts a client of the pod; the function it resolves to ends it and tells what it saw. */
export function startClient<T extends Seen | LoadSeen>(
  { pod }: World,
  mode: T extends Seen ? 'steady' : 'load',
  server: string,
  perSecond: number,
): Promise<() => Promise<T>> {
  return startClientIn(pod, [mode, server, String(perSecond)])
}

/** The same, wherever it is and whatever it does (`stub-resolver.mjs` tells what it can do). */
export async function startClientIn<T>(
  namespace: string,
  words: readonly string[],
): Promise<() => Promise<T>> {
  const client = start(namespace, [...resolver, ...words])
  await client.until('started')
  return async () => {
    client.child.stdin?.end()
    await client.end
    return JSON.parse(client.output().replace('started', ''))
  }
}

/** Process ids of guards whose server is `parent`. */
export function guardsOf(parent: number): number[] {
  const path = `/proc/${parent}/task/${parent}/children`
  const children = readFileSync(path, 'utf8').trim().split(' ').filter(Boolean)
  return children.map(Number).filter((pid) => commandOf(pid).includes('guard'))
}

/** The command line of a process; empty when there is none. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

const resolver = [process.execPath, join(root, 'test/node/stub-resolver.mjs')]

function start(
  namespace: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn('ip', ['netns', 'exec', namespace, ...words], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let text = ''
  const waiting = new Set<() => void>()
  const take = (chunk: Buffer): void => {
    text += chunk
    for (const look of waiting) look()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const end = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? ''))
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const until = (wanted: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${words.join(' ')} ${why}:\n${text}`))
      const timer = setTimeout(fail, START_MS, `did not say ${wanted}`)
      const look = (): void => {
        if (typeof wanted === 'string' ? !text.includes(wanted) : !wanted.test(text)) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      void end.then(() => {
        clearTimeout(timer)
        fail('ended')
      })
    })
  return { child, output: () => text, end, until }
}

/** A directory for one test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-node-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
