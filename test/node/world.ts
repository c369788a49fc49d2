/**
 * A piece of a cluster: a pod, its node and a host with the cluster's DNS, each in a network
 * namespace of its own, joined by veth. kube-proxy is two rules that lead a Service's address to
 * the cluster's DNS.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'

/** Addresses by family. */
export const v4 = {
  pod: '10.244.1.2',
  podGateway: '10.244.1.1',
  node: '10.244.2.1',
  cluster: '10.244.2.53',
  local: '169.254.20.10',
  service: '10.96.0.10',
  upstream: '10.96.0.11',
} as const
export const v6 = {
  pod: 'fd00:1::2',
  podGateway: 'fd00:1::1',
  node: 'fd00:2::1',
  cluster: 'fd00:2::53',
  local: 'fd00:96::20',
  service: 'fd00:96::a',
  upstream: 'fd00:96::b',
} as const

/** Names of the namespaces. */
export interface World {
  readonly pod: string
  readonly node: string
  readonly cluster: string
}

/** Why no namespaces can be made here; undefined when they can. */
export function namespacesFault(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  for (const tool of ['ip', 'iptables', 'ip6tables', 'nft', 'conntrack']) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `there is no ${tool}`
  }
  const name = `fp-${randomBytes(3).toString('hex')}`
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (made.status !== 0) return `ip netns add: ${made.stderr.trim()}`
  const rule = ['raw', '-A', 'PREROUTING', '-p', 'udp', '-j', 'NOTRACK']
  const ruled = spawnSync('ip', ['netns', 'exec', name, 'iptables', '-t', ...rule], {
    encoding: 'utf8',
  })
  spawnSync('ip', ['netns', 'del', name])
  return ruled.status === 0 ? undefined : `iptables: ${ruled.stderr.trim()}`
}

/** A type of link that the kernel has; `dummy` if it does. */
export function linkType(): string {
  const name = `fp-${randomBytes(3).toString('hex')}`
  spawnSync('ip', ['netns', 'add', name])
  try {
    const make = (type: string): boolean =>
      spawnSync('ip', ['-n', name, 'link', 'add', 'fp0', 'type', type]).status === 0
    return ['dummy', 'ifb'].find(make) ?? 'bridge'
  } finally {
    spawnSync('ip', ['netns', 'del', name])
  }
}

/** Makes the namespaces, for one test. */
export function makeWorld(): World {
  const id = randomBytes(3).toString('hex')
  const world: World = { pod: `fp-${id}-pod`, node: `fp-${id}-node`, cluster: `fp-${id}-dns` }
  onTestFinished(() => {
    for (const name of Object.values(world)) spawnSync('ip', ['netns', 'del', name])
  })
  const { pod, node, cluster } = world
  system('sh', '-ec', lines(makeNamespaces(id, world)))
  within(
    pod,
    'sh',
    '-ec',
    lines(setUp(`fp${id}p1`, v4.pod, v6.pod, [v4.podGateway, v6.podGateway])),
  )
  within(
    cluster,
    'sh',
    '-ec',
    lines(setUp(`fp${id}d1`, v4.cluster, v6.cluster, [v4.node, v6.node])),
  )
  within(
    node,
    'sh',
    '-ec',
    lines([
      ...setUp(`fp${id}p0`, v4.podGateway, v6.podGateway),
      ...setUp(`fp${id}d0`, v4.node, v6.node, [v4.cluster, v6.cluster]),
      'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
      ...proxyServices('iptables', v4),
      ...proxyServices('ip6tables', v6),
    ]),
  )
  within(pod, 'sh', '-ec', untilReady(`fp${id}p1`))
  within(cluster, 'sh', '-ec', untilReady(`fp${id}d1`))
  within(node, 'sh', '-ec', lines([untilReady(`fp${id}p0`), untilReady(`fp${id}d0`)]))
  return world
}

/** Runs a program in a namespace. @throws when it fails */
export function within(namespace: string, ...words: readonly string[]): string {
  return system('ip', 'netns', 'exec', namespace, ...words)
}

/** Our rules by their text, sorted, of both families and however they were made. */
export function rulesIn(namespace: string): string[] {
  const saved = ['iptables-save', 'ip6tables-save'].flatMap((tool) =>
    within(namespace, tool).split('\n'),
  )
  const table = spawnSync('ip', [
    ...['netns', 'exec', namespace, 'nft', 'list', 'table', 'inet', 'fingerpost'],
  ]).stdout.toString()
  const lines = [...saved, ...table.split('\n')].filter((line) =>
    /NodeLocal|fingerpost:/.test(line),
  )
  return lines.map((line) => line.trim()).sort()
}

/** Addresses that an interface of the node has, link-local IPv6 ones apart; undefined for none. */
export function addressesOf(namespace: string, name: string): string[] | undefined {
  const { status, stdout } = spawnSync(
    'ip',
    ['-n', namespace, '-json', 'address', 'show', 'dev', name],
    { encoding: 'utf8' },
  )
  if (status !== 0) return undefined
  const [link] = JSON.parse(stdout) as [{ addr_info: { local: string }[] }]
  return link.addr_info.map(({ local }) => local).filter((ip) => !ip.startsWith('fe80'))
}

/** What connection tracking knows of the pod's queries to an address of the node's DNS. */
export function trackedTo(namespace: string, ip: string): string[] {
  const [family, pod] = ip.includes(':') ? ['ipv6', v6.pod] : ['ipv4', v4.pod]
  const text = within(namespace, 'conntrack', '-L', '-f', family)
  return text.split('\n').filter((line) => line.includes(`src=${pod} dst=${ip} `))
}

/** Empties connection tracking. */
export function forgetTracked(namespace: string): void {
  within(namespace, 'conntrack', '-F')
}

function makeNamespaces(id: string, { pod, node, cluster }: World): string[] {
  const veth = (letter: string, left: string, right: string): string => {
    const peer = `peer name fp${id}${letter}1 netns ${right}`
    return `ip link add fp${id}${letter}0 netns ${left} type veth ${peer}`
  }
  const added = [pod, node, cluster].map((name) => `ip netns add ${name}`)
  return [...added, veth('p', node, pod), veth('d', node, cluster)]
}

/** An end of a cable: its addresses, and the way to everything else. */
function setUp(link: string, ip4: string, ip6: string, gateways: readonly string[] = []): string[] {
  return [
    'ip link set lo up',
    `ip address add ${ip4}/24 dev ${link}`,
    `ip address add ${ip6}/64 dev ${link} nodad`,
    `ip link set ${link} up`,
    ...gateways.map((ip) => `ip route add default via ${ip}`),
  ]
}

/**
 * Waits for a link whose other end is up. The kernel takes note of that up to a second later, and
 * until then the link hears nothing of neighbours that look for it over IPv6.
 */
function untilReady(link: string): string {
  const check = `until grep -q up /sys/class/net/${link}/operstate; do sleep 0.02; done`
  return `timeout 5 sh -c '${check}'`
}

/** kube-proxy: queries to a Service from pods and from the node itself go to the cluster's DNS. */
function proxyServices(tool: string, here: typeof v4 | typeof v6): string[] {
  const rules = ['PREROUTING', 'OUTPUT'].flatMap((chain) =>
    [here.service, here.upstream].flatMap((service) =>
      ['udp', 'tcp'].map(
        (protocol) =>
          `-A ${chain} -d ${service} -p ${protocol} --dport 53 -j DNAT --to-destination ${here.cluster}`,
      ),
    ),
  )
  return [`${tool}-restore <<'END'`, '*nat', ...rules, 'COMMIT', 'END']
}

function lines(all: readonly string[]): string {
  return all.join('\n')
}

function system(...[file = '', ...args]: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
