/**
 * A whole server without sockets: a generation of a Corefile with the real plugins, a clock that
 * moves when a query waits, and upstreams that say what they are told.
 */

import type { Exchange, Listener, Random } from '@fingerpost/sdk'
import { FakeClock, FakeFiles } from '@fingerpost/sdk/testing'
import { parseCorefile } from '../../core/corefile/parse.ts'
import { tableFiles } from '../../core/corefile/table-files.ts'
import { Generation } from '../../core/generation.ts'
import type { Serve } from '../../core/listen/serve.ts'
import { Loader } from '../../core/loader.ts'
import { Log } from '../../core/log.ts'
import { Metrics } from '../../core/metrics.ts'
import { type OpenPlace, SocketPool } from '../../core/sockets.ts'
import { absent, catalogue } from '../../plugins/index.ts'
import { ScriptedNetwork } from './scripted-network.ts'

// A client gives up long before.
const PATIENCE_MS = 20_000

/** A server to ask. */
export interface World {
  readonly clock: FakeClock
  readonly network: ScriptedNetwork
  /** The reply to `wire`, when there is one without anything having to be waited for. */
  ask(wire: Uint8Array, isStream: boolean): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** The reply to a query of any client, from the first server block that holds its name. */
  serve(wire: Uint8Array, exchange: Exchange): Promise<Uint8Array | undefined>
  /** What plugins threw since the last call. */
  takeFaults(): string[]
  end(): Promise<void>
}

/**
 * Starts the server blocks of `corefile`; those on the first port can be asked. `files` has the
 * contents of files by their absolute paths.
 * @throws ConfigErrors
 */
export async function startWorld(
  corefile: string,
  random: Random,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<World> {
  const clock = new FakeClock()
  const network = new ScriptedNetwork()
  const loader = new Loader(catalogue, absent)
  const faults: string[] = []
  const places: OpenPlace[] = []
  const generation = await Generation.build(
    parseCorefile(corefile, {
      path: '/etc/fingerpost/Corefile',
      files: tableFiles(textsOf(files)),
      environment,
      isDirective: (name) => loader.has(name) || loader.isAbsent(name),
      directiveNames: loader.names,
    }),
    {
      loader,
      log: new Log((line) => {
        if (/panic|failed/.test(line)) faults.push(line)
      }),
      metrics: new Metrics(),
      identity: { program: 'Fingerpost-1.2.3', hostname: 'host.test' },
      clock,
      random,
      network,
      sockets: new SocketPool(async (_, listener, serve) => {
        const place: OpenPlace = {
          listeners: [listener('udp', 53), listener('tcp', 53)],
          serve,
          configure() {},
          async setSockets() {},
          async stopReceiving() {},
          async close() {},
        }
        places.push(place)
        return place
      }),
      environment: {},
      files: (root) => fakeFiles(root, files, clock),
      fatal: (message) => void faults.push(message),
    },
    53,
  )
  await generation.start()
  await clock.settle()
  const [place] = places
  if (place === undefined) throw new Error('there is no server block')
  return {
    clock,
    network,
    ask: (wire, isStream) => askPlace(place, isStream ? 1 : 0, wire, clock),
    serve: (wire, from) => waitFor(generation.serve(wire, from), clock),
    takeFaults: () => faults.splice(0),
    end: async () => void (await generation.stop()),
  }
}

function fakeFiles(
  root: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  clock: FakeClock,
): FakeFiles {
  const result = new FakeFiles(clock, () => root)
  for (const [path, content] of Object.entries(files)) result.set(path, content)
  return result
}

function textsOf(files: Readonly<Record<string, string | Uint8Array>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, content]) =>
      typeof content === 'string' ? [[path, content]] : [],
    ),
  )
}

// One object for all queries, as the listeners have it.
const exchange: { listener: Listener; clientAddress: string; clientPort: number } = {
  listener: { index: 0, transport: 'udp', address: '', port: 0, label: '' },
  clientAddress: '',
  clientPort: 0,
}

function askPlace(
  { listeners, serve }: OpenPlace,
  index: 0 | 1,
  wire: Uint8Array,
  clock: FakeClock,
): ReturnType<Serve> {
  exchange.listener = listeners[index] as Listener
  exchange.clientAddress = '192.0.2.100'
  exchange.clientPort = 40_000
  const reply = serve(wire, exchange)
  exchange.clientAddress = 'another query'
  return reply instanceof Promise ? waitFor(reply, clock) : reply
}

/** Lets time pass until there is a reply. */
async function waitFor<T>(reply: Promise<T>, clock: FakeClock): Promise<T> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  reply.then(done, done)
  for (let turn = 0; turn < 40 && !isDone; turn++) await undefined
  for (let waited = 0; !isDone; waited += 250) {
    if (waited > PATIENCE_MS) throw new Error(`no reply within ${PATIENCE_MS} ms`)
    await clock.advance(250)
  }
  return reply
}
