// What a run against the made-up cluster needs: its API server, the stock Corefile, the questions.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { makeCluster } from './cluster.mjs'

const ZONE = 'cluster.local'
/** Namespaces of the pods that ask, as their search paths have it. */
const NAMESPACE_COUNT = 200

/**
 * Starts the API server on core 1; `churn` makes changes and resolves with their number, `outage`
 * lets it go away for a while, and resolves when it is back and all is watched again.
 */
export async function startApiServer(serviceCount) {
  const file = fileURLToPath(new URL('api-server.mjs', import.meta.url))
  const args = ['-c', '1', process.execPath, file, String(serviceCount), String(NAMESPACE_COUNT)]
  const child = spawn('taskset', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const message = () =>
    new Promise((resolve, reject) => {
      const fail = (code) => reject(new Error(`the API server ended with ${code}`))
      child.once('exit', fail)
      child.once('message', (said) => {
        child.off('exit', fail)
        resolve(said)
      })
    })
  const { url } = await message()
  return {
    url,
    async churn(perSecond, seconds) {
      child.send({ churn: { perSecond, seconds } })
      return (await message()).churned
    },
    async outage(awayMs) {
      child.send({ outage: { awayMs } })
      await message()
    },
    stop: () => child.disconnect(),
  }
}

/**
 * kubeadm's Corefile, with the addresses that a benchmark has: an endpoint, free ports, an upstream.
 * Without lameduck, which would make each end of a server last 5 seconds.
 */
export function stockCorefile(port, { url, upstreamPort }) {
  return `.:${port} {
    bind 127.0.0.1
    errors
    health 127.0.0.1:0
    ready 127.0.0.1:0
    kubernetes ${ZONE} in-addr.arpa ip6.arpa {
        endpoint ${url}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus 127.0.0.1:0
    forward . 127.0.0.1:${upstreamPort} {
        max_concurrent 1000
    }
    cache 30 {
        disable success ${ZONE}
        disable denial ${ZONE}
    }
    loop
    reload
    loadbalance
}
`
}

/** Lines for dnsperf: of each service, A, AAAA and SRV, in an order without pattern. */
export function existingQuestions(serviceCount) {
  const { services } = makeCluster(serviceCount, NAMESPACE_COUNT)
  const lines = services
    .filter(({ kind }) => kind !== 'external')
    .flatMap(({ name, namespace }) => {
      const full = `${name}.${namespace}.svc.${ZONE}`
      return [`${full} A`, `${full} AAAA`, `_http._tcp.${full} SRV`]
    })
  return text(shuffled(lines))
}

/** The same answers as zone-file lines, for servers that don't know clusters. */
export function localRecords(serviceCount) {
  const { services, objects } = makeCluster(serviceCount, NAMESPACE_COUNT)
  const addresses = new Map()
  for (const { metadata, endpoints } of objects.EndpointSlice) {
    const key = metadata.labels['kubernetes.io/service-name']
    addresses.set(
      key,
      endpoints.map(({ addresses: [address] }) => address),
    )
  }
  return services.flatMap(({ name, namespace, kind, clusterIps, ports }) => {
    const full = `${name}.${namespace}.svc.${ZONE}.`
    const all = kind === 'headless' ? addresses.get(name) : clusterIps
    return [
      ...all.map((one) => `${full} 30 IN ${one.includes(':') ? 'AAAA' : 'A'} ${one}`),
      `_http._tcp.${full} 30 IN SRV 0 100 ${ports[0].port} ${full}`,
    ]
  })
}

/**
 * What a pod asks for when a program looks up a service of another namespace by its short name and
 * a name of the Internet by its full one: with ndots:5 most of that does not exist.
 */
export function searchPathQuestions(serviceCount) {
  const { services } = makeCluster(serviceCount, NAMESPACE_COUNT)
  const lines = services.slice(0, serviceCount / 2).flatMap(({ name, namespace, i }) => {
    const own = `team-${(i * 31) % NAMESPACE_COUNT}.svc.${ZONE}`
    const wanted = [`${name}.${namespace}`, `${name}.${namespace}.svc.${ZONE}`]
    const outside = `api-${i % 100}.example.com`
    return [
      `${wanted[0]}.${own} A`,
      `${wanted[0]}.svc.${ZONE} A`,
      `${wanted[1]}.${own} A`,
      `${wanted[1]}.svc.${ZONE} A`,
      `${wanted[1]} A`,
      `${outside}.${own} A`,
      `${outside}.svc.${ZONE} A`,
      `${outside}.${ZONE} A`,
    ]
  })
  return text(shuffled(lines))
}

export const firstName = `app-3.team-3.svc.${ZONE}`

function text(lines) {
  return `${lines.join('\n')}\n`
}

/** The same order in each run: by a multiplicative hash of the place. */
function shuffled(lines) {
  const keyOf = (i) => Math.imul(i + 1, 0x9e3779b1) >>> 0
  const order = lines.map((line, i) => ({ line, key: keyOf(keyOf(i) ^ i) }))
  return order.sort((left, right) => left.key - right.key).map(({ line }) => line)
}
