// What is measured: the scenarios, and how each server is told to serve them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localRecords, stockCorefile } from './kubernetes/setup.mjs'

const NAME_COUNT = 1000

/** The names asked for and their addresses. */
export const records = Array.from({ length: NAME_COUNT }, (_, i) => ({
  name: `app-${i}.team-${i % 20}.svc.cluster.local`,
  address: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
}))

/** Scenarios by name, with what each is about. */
export const scenarios = {
  cached: 'a forwarder that has every answer in its cache',
  'cached-prometheus': 'the same, with metrics',
  hosts: 'names of a hosts file',
  forward: 'a forwarder without a cache',
  kubernetes: 'A, AAAA and SRV of the services of a cluster',
}

/** Files for one run, in a directory of their own. */
export function makeFiles() {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-bench-'))
  // dnsmasq gives up its privileges before it reads the hosts file.
  chmodSync(directory, 0o755)
  const write = (name, text) => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  return {
    write,
    queries: write('queries', records.map(({ name }) => `${name} A\n`).join('')),
    hosts: write('hosts', records.map(({ name, address }) => `${address} ${name}\n`).join('')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** The command of the upstream: Unbound with all the names, or with other records of another zone. */
export function upstreamCommand(files, port, lines, zone) {
  return unbound(files, port, localData(lines, zone))
}

/**
 * A server given by its command line: `{corefile}` and `{port}` are filled in. `cluster` tells of
 * the made-up cluster where there is one.
 */
export function customContestant(files, scenario, upstreamPort, entry, cluster) {
  const cut = entry.indexOf('=')
  const template = entry.slice(cut + 1)
  return {
    name: entry.slice(0, cut),
    command: (port) =>
      template
        .replaceAll(
          '{corefile}',
          files.write(`Corefile-${port}`, corefile(files, scenario, port, upstreamPort, cluster)),
        )
        .replaceAll('{port}', String(port)),
  }
}

/** The peers that can do what the scenario asks for. */
export function peers(files, scenario, upstreamPort, cluster) {
  const forwardTo = `forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@${upstreamPort}\n`
  const cached = {
    unbound: (port) => unbound(files, port, forwardTo),
    dnsmasq: (port) => dnsmasq(port, `-c 10000 --server=127.0.0.1#${upstreamPort}`),
  }
  const commands = {
    cached,
    'cached-prometheus': cached,
    hosts: {
      unbound: (port) => unbound(files, port, localData()),
      dnsmasq: (port) => dnsmasq(port, `--addn-hosts=${files.hosts}`),
    },
    kubernetes: {
      unbound: (port) => unbound(files, port, localData(localRecords(cluster.serviceCount))),
    },
    // Unbound always has a cache.
    forward: {
      dnsmasq: (port) =>
        dnsmasq(port, `-c 0 --server=127.0.0.1#${upstreamPort} --dns-forward-max=2000`),
    },
  }
  return Object.entries(commands[scenario]).map(([name, command]) => ({ name, command }))
}

function corefile({ hosts }, scenario, port, upstreamPort, cluster) {
  if (scenario === 'kubernetes') return stockCorefile(port, { url: cluster.url, upstreamPort })
  const cached = `cache 300\n    forward . 127.0.0.1:${upstreamPort}`
  const plugins = {
    cached,
    'cached-prometheus': `prometheus 127.0.0.1:0\n    ${cached}`,
    hosts: `hosts ${hosts}`,
    forward: `forward . 127.0.0.1:${upstreamPort}`,
  }
  return `.:${port} {\n    bind 127.0.0.1\n    errors\n    ${plugins[scenario]}\n}\n`
}

function unbound(files, port, rest) {
  const base = `server:
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "iterator"
  num-threads: 1
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
`
  return `unbound -d -c ${files.write(`unbound-${port}.conf`, base + rest)}`
}

function localData(
  lines = records.map(({ name, address }) => `${name}. 300 IN A ${address}`),
  zone = 'cluster.local.',
) {
  const data = lines.map((line) => `  local-data: "${line}"\n`)
  return `  local-zone: "${zone}" static\n${data.join('')}`
}

function dnsmasq(port, rest) {
  const alone = '-k -C /dev/null --no-resolv --no-hosts --bind-interfaces -a 127.0.0.1'
  return `dnsmasq ${alone} -p ${port} ${rest}`
}
