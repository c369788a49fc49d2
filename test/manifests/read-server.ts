/** What a server in a pod makes of its configuration, by the engine of `fingerpost check`. */

import { FakeClock, FakeFiles, seededRandom } from '@fingerpost/sdk/testing'
import { describeConfigError } from '../../core/config-errors.ts'
import { readConfiguration } from '../../core/configuration.ts'
import type { Context } from '../../core/context.ts'
import { Generation } from '../../core/generation.ts'
import { Loader } from '../../core/loader.ts'
import { Log } from '../../core/log.ts'
import { Metrics } from '../../core/metrics.ts'
import { SocketPool } from '../../core/sockets.ts'
import { absent, catalogue } from '../../plugins/index.ts'
import { ScriptedNetwork } from '../fuzz/scripted-network.ts'

/** A configuration as a pod has it. */
export interface ServerConfiguration {
  readonly corefile: string
  /** Texts of extra configuration by their paths. */
  readonly extras?: Readonly<Record<string, string>>
  readonly dnsPort?: number
}

/** What the server would do. */
export interface ServerPlan {
  /** Errors and warnings, with their places. */
  readonly findings: readonly string[]
  /** `.:53 on 192.0.2.1` */
  readonly zones: readonly string[]
  /** Ports by what answers there: `dns`, `health`, `ready`, `metrics`. */
  readonly ports: Readonly<Record<string, readonly number[]>>
  /** Addresses of `health`. */
  readonly healthAddresses: readonly string[]
}

/** Sets everything up as `fingerpost check` does, in a made-up pod. */
export async function readServer({
  corefile: text,
  extras = {},
  dnsPort = 53,
}: ServerConfiguration): Promise<ServerPlan> {
  const clock = new FakeClock()
  const context = podContext(clock)
  const { loader, environment } = context
  const { corefile, extras: read } = await readConfiguration(
    {
      source: { path: 'Corefile', isFile: true, read: async () => text },
      extras: Object.entries(extras).map(([path, extra]) => ({
        read: async () => ({
          texts: [{ path, text: extra }],
          files: [],
          directories: [],
          warnings: [],
        }),
      })),
      environment,
      dnsPort,
    },
    loader,
  )
  const unreadable = read.all.flatMap((extra) => extra.corefile.errors)
  const good = read.all.filter((extra) => extra.corefile.errors.length === 0)
  try {
    const building = Generation.build(corefile, context, dnsPort, { extras: good })
    const generation = await passTime(building, clock)
    const faults = generation.faults.flatMap(({ errors }) => errors)
    const { endpoints, zones, warnings } = generation
    await generation.stop()
    return {
      findings: [...unreadable, ...faults, ...warnings].map(describeConfigError),
      zones,
      ports: {
        dns: zones.map((zone) => Number(/:(\d+)( on .*)?$/.exec(zone)?.[1])),
        ...Object.fromEntries(
          ['health', 'ready', 'metrics'].map((kind) => [
            kind,
            endpoints.filter((one) => one.kind === kind).map(({ port }) => port),
          ]),
        ),
      },
      healthAddresses: endpoints
        .filter(({ kind }) => kind === 'health')
        .map(({ address }) => address),
    }
  } catch (error) {
    return { findings: [describeConfigError(error)], zones: [], ports: {}, healthAddresses: [] }
  }
}

/** No API answers here: what waits for it gives up after some seconds. */
async function passTime<T>(promise: Promise<T>, clock: FakeClock): Promise<T> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  promise.then(done, done)
  while (!isDone) {
    await clock.advance(100)
    // Plugins are loaded meanwhile, which takes real time.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return promise
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The process in a pod: its service account, its resolvers, no socket. */
function podContext(clock: FakeClock): Context {
  const texts: Readonly<Record<string, string>> = {
    [`${SERVICE_ACCOUNT}/token`]: 'token',
    [`${SERVICE_ACCOUNT}/ca.crt`]: '',
    '/etc/resolv.conf': 'nameserver 192.0.2.53\n',
  }
  return {
    loader: new Loader(catalogue, absent),
    log: new Log(() => {}),
    metrics: new Metrics(),
    clock,
    random: seededRandom(1),
    network: new ScriptedNetwork(),
    sockets: new SocketPool(() => Promise.reject(new Error('nothing is opened here'))),
    identity: { program: 'Fingerpost-1.2.3', hostname: 'host.test' },
    environment: {
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBE_DNS_UPSTREAM_SERVICE_HOST: '10.96.0.11',
    },
    files(root) {
      const files = new FakeFiles(clock, () => root)
      for (const [path, text] of Object.entries(texts)) files.set(path, text)
      return files
    },
    fatal: (message) => {
      throw new Error(message)
    },
  }
}
