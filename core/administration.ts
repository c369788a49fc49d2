/** What the administration shows and does, taken from the running process. */

import { Class, type ConfigError, composeQuery, Flag } from '@fingerpost/sdk'
import { flushCaches, mergeCaches, viewCaches } from './caches.ts'
import { describeBlocks, formatCorefile } from './config-text.ts'
import type { Context } from './context.ts'
import { exposition } from './exposition.ts'
import type { ExtraState } from './extra/quarantine.ts'
import { describeFinding, type Finding } from './finding.ts'
import type { Lifecycle, ReloadResult, Running } from './lifecycle.ts'
import type {
  AdminSource,
  ClientView,
  ExtraView,
  ReloadOutcome,
  StatusView,
} from './sidecar/admin-source.ts'
import { version } from './version.ts'
import type { Workers } from './workers/workers.ts'

/** What the source shows of the process besides its configuration. */
export interface ProcessFacts {
  /** `bun 1.4.5`. */
  readonly runtime: string
  /** Path of the Corefile, for people. */
  path(): string
  /** Further processes, where there can be any. */
  readonly workers?: Workers | undefined
}

/** Makes the source of the sidecar; `lifecycle` may have nothing running yet. */
export function makeAdminSource(
  context: Context,
  lifecycle: () => Lifecycle,
  facts: ProcessFacts,
): AdminSource {
  const startedAt = context.clock.wallNow()
  const listener = context.sockets.makeListener('https', {
    label: 'https://admin',
    address: '',
    port: 0,
  })
  const { workers } = facts
  const running = (): Running | undefined => lifecycle().running
  return {
    unready: () => unreadyOf(lifecycle()),
    relapsed: () => running()?.generation.relapsed ?? [],
    metricsText: async () => {
      const others = (await workers?.metrics()) ?? []
      return [...exposition(context.metrics, others)].join('')
    },
    status: () => statusOf(lifecycle(), context, startedAt, facts),
    config: () => ({
      path: facts.path(),
      text: running() ? formatCorefile((running() as Running).corefile) : '',
      blocks: describeBlocks(running()?.corefile.blocks ?? []).map(({ name, directives }) => ({
        keys: name.split(' '),
        directives: [...directives].map(([directive, lines]) => ({
          name: directive,
          text: lines.join('\n'),
        })),
      })),
    }),
    plugins: () => {
      const used = new Set(
        (running()?.generation.blocks ?? []).flatMap(({ links }) => links.map(({ name }) => name)),
      )
      return context.loader
        .listing()
        .map((plugin) => ({ ...plugin, isUsed: used.has(plugin.name) }))
    },
    reload: async () => outcomeOf(await lifecycle().reload(true)),
    caches: async (filter, limit) => {
      const views = viewCaches(running()?.generation, filter, limit)
      return workers
        ? mergeCaches([...views, ...(await workers.caches(filter, limit))], limit)
        : views
    },
    flush: async (filter) => {
      const count = flushCaches(running()?.generation, filter)
      return count + ((await workers?.flush(filter)) ?? 0)
    },
    explain: async (name, type, client) => {
      const generation = running()?.generation
      if (generation === undefined) throw new Error('nothing runs yet')
      return generation.explain((at, trace) =>
        composeQuery({
          id: 0,
          flags: Flag.RD,
          qname: name,
          qtype: type,
          qclass: Class.IN,
          edns: { udpSize: 1232, flags: 0, options: [] },
          exchange: { listener: at, ...exchangeOf(client), trace },
          depth: 0,
        }),
      )
    },
    resolve: async (wire, client) =>
      running()?.generation.serve(wire, { listener, ...exchangeOf(client) }),
  }
}

/** Plugins to wait for. Before the first generation answers there is always something. */
function unreadyOf({ running, starting }: Lifecycle): readonly string[] {
  if (running !== undefined) return running.generation.unready
  const waiting = starting?.unready ?? []
  return waiting.length > 0 ? waiting : ['start']
}

function exchangeOf({ address, port }: ClientView): { clientAddress: string; clientPort: number } {
  return { clientAddress: address, clientPort: port }
}

function statusOf(
  lifecycle: Lifecycle,
  { clock }: Context,
  startedAt: number,
  { runtime, workers }: ProcessFacts,
): StatusView {
  const { running, refused, degraded } = lifecycle
  return {
    version,
    runtime,
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: Math.floor((clock.wallNow() - startedAt) / 1000),
    generation: running?.number ?? 0,
    loadedAt: new Date(running?.loadedAt ?? startedAt).toISOString(),
    degraded: degraded ?? null,
    refusedReload: refused
      ? {
          at: new Date(refused.at).toISOString(),
          reason: refused.reason,
          diagnostics: refused.errors.map(errorView),
        }
      : null,
    listeners: (running?.generation.listeners ?? []).map(({ label, transport, address, port }) => ({
      label,
      transport,
      address,
      port,
    })),
    blocks: (running?.generation.blocks ?? []).map(({ keys, links }) => ({
      keys: keys.map(({ text }) => text),
      plugins: links.map(({ name }) => name),
    })),
    workers: workers?.pids ?? [],
    extras: lifecycle.extras.map(extraView),
  }
}

const errorView = (error: ConfigError): Finding => describeFinding('error', error)

function extraView({ extra, since, errors, reason }: ExtraState): ExtraView {
  return {
    source: extra.path,
    state: errors.length === 0 ? 'served' : 'quarantined',
    since: new Date(since).toISOString(),
    keys: extra.corefile.blocks.flatMap(({ keys }) => keys.map(({ text }) => text)),
    reason: reason === '' ? null : reason,
    diagnostics: errors.map(errorView),
  }
}

function outcomeOf(result: ReloadResult): ReloadOutcome {
  if (result.outcome !== 'refused') return result
  const { outcome, reason, errors } = result
  return { outcome, reason, diagnostics: errors.map(errorView) }
}
