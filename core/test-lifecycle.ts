/** A life-cycle as tests drive it: plugins that tell, sockets that are not there. */

import {
  args,
  type CatalogueEntry,
  definePlugin,
  directive,
  Message,
  type Plugin,
  text,
} from '@fingerpost/sdk'
import { fakeHost, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import type { Context } from './context.ts'
import { Lifecycle, type LifecycleOptions } from './lifecycle.ts'
import type { Serve } from './listen/serve.ts'
import { Loader } from './loader.ts'
import { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import { SocketPool } from './sockets.ts'

/** Plugins that tell what happened to them, and sockets that are not there. */
export function makeWorld(extra: Partial<LifecycleOptions> = {}) {
  const host = fakeHost()
  const events: string[] = []
  const lines: string[] = []
  const waiting: (() => void)[] = []
  const { sockets, open, busy } = makeSockets(events)
  const metrics = new Metrics()
  const context: Context = {
    loader: new Loader(
      makePlugins(events, waiting),
      new Map([['absent', { what: 'does nothing', instead: 'remove it' }]]),
    ),
    log: new Log((line) => lines.push(line)),
    metrics,
    clock: host.clock,
    random: host.random,
    network: host.network,
    sockets,
    identity: host.identity,
    environment: { WORD: 'variable' },
    files: () => host.files,
    fatal: () => events.push('fatal'),
  }
  let corefile = '. {\n say one\n}\n'
  const lifecycle = new Lifecycle(context, {
    source: { path: 'Corefile', isFile: false, read: async () => corefile },
    environment: {},
    dnsPort: 53,
    isWatching: false,
    lastGood: undefined,
    ...extra,
  })
  const ask = async (name = 'a.test', label = 'dns://:53'): Promise<string> => {
    const query = makeQuery(name, 'TXT')
    const octets = await open.get(label)?.(query.wire, query)
    const answer = octets && Message.parse(octets)?.answer[0]
    return answer === undefined ? 'nothing' : new TextDecoder().decode(answer.rdata.subarray(1))
  }
  return {
    lifecycle,
    events,
    lines,
    metrics,
    clock: host.clock,
    ask,
    busy,
    write: (next: string) => {
      corefile = next
    },
    release: () => {
      for (const run of waiting.splice(0)) run()
    },
  }
}

/** *say*, which answers with its word, and the least of *bind* and *health*. */
function makePlugins(events: string[], waiting: (() => void)[]): CatalogueEntry[] {
  const say = definePlugin({
    name: 'say',
    options: directive({ args: args(text) }),
    setup({ args: [given] }, host) {
      const { inherited } = host
      const isAsking = given === 'env'
      const word = isAsking ? `${host.environment('WORD')} ${host.environment('toString')}` : given
      if (word === 'fail') throw new Error('say fails')
      events.push(`setup ${word}${inherited ? ` after ${inherited}` : ''}`)
      return {
        onQuery(query) {
          if (query.qname.toString() === 'fatal.test.') host.fatal(`${word} had enough`)
          const reply = replyWith({ answer: [`a.test. 60 IN TXT "${word}"`] })(query)
          if (query.qname.toString() !== 'slow.test.') return reply
          return new Promise((resolve) => waiting.push(() => resolve(reply)))
        },
        handover: () => word,
        async warmUp() {
          if (word === 'cold') throw new Error('too cold')
          if (word === 'warm') await new Promise<void>((resolve) => waiting.push(() => resolve()))
        },
        shutdown: () => void events.push(`shutdown ${word}`),
      }
    },
  })
  const bind = definePlugin({
    name: 'bind',
    options: directive({ args: args(text) }),
    setup({ args: [address] }, { settings }) {
      settings.bindAddresses.push(address)
      return {}
    },
  })
  const health = definePlugin({
    name: 'health',
    options: directive({ args: args(text) }),
    setup({ args: [port] }, { settings, block: { at } }) {
      const place = { address: '', port: Number(port), at }
      settings.endpoints.push({ kind: 'health', ...place, lameduckMs: 0 })
      return { ready: () => port !== '1' }
    },
  })
  return [say, bind, health].map((plugin) => ({
    name: plugin.name,
    load: async () => plugin as unknown as Plugin,
  }))
}

/** Sockets that only have a name; those that are `busy` can't be opened. */
function makeSockets(events: string[]) {
  const open = new Map<string, Serve>()
  const busy = new Set<string>()
  const sockets = new SocketPool(async (place, listener, nobody) => {
    if (busy.has(place.label)) throw new Error(`listen udp ${place.label}: address already in use`)
    events.push(`open ${place.label}`)
    open.set(place.label, nobody)
    return {
      listeners: [listener('udp', place.port), listener('tcp', place.port)],
      get serve() {
        return open.get(place.label) ?? nobody
      },
      set serve(serve: Serve) {
        open.set(place.label, serve)
      },
      configure() {},
      async setSockets() {},
      async stopReceiving() {},
      close: async () => {
        events.push(`close ${place.label}`)
        open.delete(place.label)
      },
    }
  })
  return { sockets, open, busy }
}
