/**
 * Makes plugin instances of the server blocks of a Corefile: loads the plugins, reads their
 * options, sets them up in the order of the chain. All mistakes are found before any setup runs.
 */

import {
  type BlockSettings,
  ConfigError,
  ConfigErrors,
  type Directive,
  defaultSettings,
  type Handler,
  type Listener,
  type Message,
  Name,
  type Offers,
  type Plugin,
  parseOptions,
  type Query,
} from '@fingerpost/sdk'
import type { Link } from './chain.ts'
import type { Context } from './context.ts'
import type { Key } from './corefile/keys.ts'
import type { Corefile, ServerBlock } from './corefile/parse.ts'
import { makeHost } from './plugin-host.ts'

/** A server block with its plugins set up. */
export interface ConfiguredBlock {
  readonly keys: readonly Key[]
  readonly source: ServerBlock
  readonly settings: BlockSettings
  readonly links: readonly Link[]
  /** What further processes that answer for the block have; undefined where there can't be any. */
  readonly spreadable: readonly Directive[] | undefined
  /** Filled in when the block's sockets are open. */
  readonly listeners: Listener[]
}

/** Looks for what an instance of the running generation hands over. */
export type Inherit = (blockId: string, plugin: string) => unknown

/** Answers lookups of plugins. */
export type Resolve = (query: Query) => Promise<Message>

/** A directive with its plugin and its options read. */
export interface Prepared {
  readonly directive: Directive
  readonly plugin: Plugin
  readonly options: unknown
}

/** A server block whose options are read and whose plugins are not set up yet. */
export interface PreparedBlock {
  readonly block: ServerBlock
  /** In the order of the chain. */
  readonly prepared: readonly Prepared[]
}

/** What the blocks of two generations are compared by. */
export function blockId(keys: readonly Key[]): string {
  return keys.map(({ transport, zone, port }) => `${transport}://${zone}:${port ?? ''}`).join(' ')
}

/**
 * Loads the plugins of all blocks and reads their options.
 * @throws ConfigErrors with everything that is wrong, what the Corefile's reader found included
 */
export async function prepareBlocks(
  { blocks, errors: known }: Corefile,
  context: Context,
): Promise<PreparedBlock[]> {
  const errors: ConfigError[] = [...known]
  const result: PreparedBlock[] = []
  for (const block of blocks) {
    result.push({ block, prepared: await prepareBlock(block, context, errors) })
  }
  if (errors.length > 0) throw new ConfigErrors(inReadingOrder(errors))
  return result
}

/**
 * Sets up all blocks. Instances that were set up before something failed are shut down again.
 * @throws ConfigErrors with everything that is wrong
 */
export async function configureBlocks(
  blocks: readonly PreparedBlock[],
  context: Context,
  resolve: Resolve,
  inherit: Inherit,
): Promise<ConfiguredBlock[]> {
  const errors: ConfigError[] = []
  const configured: ConfiguredBlock[] = []
  for (const { block, prepared } of blocks) {
    configured.push(await setUpBlock(block, prepared, { context, resolve, inherit, errors }))
  }
  if (errors.length > 0) {
    await shutDown(configured)
    throw new ConfigErrors(errors)
  }
  return configured
}

/** Shuts down every instance of the blocks; one that fails does not keep the others from it. */
export async function shutDown(
  blocks: readonly ConfiguredBlock[],
  onError?: (error: unknown, plugin: string) => void,
): Promise<void> {
  for (const { links } of blocks) {
    for (const { name, handler } of links) {
      try {
        await handler.shutdown?.()
      } catch (error) {
        onError?.(error, name)
      }
    }
  }
}

/** Sorts by place, files in the order in which they come up first. */
export function inReadingOrder(errors: readonly ConfigError[]): ConfigError[] {
  const files = errors.map(({ at }) => at?.source.path)
  const rank = ({ at }: ConfigError): number => files.indexOf(at?.source.path)
  return [...errors].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0),
  )
}

/** Loads the plugins of a block and reads their options, in the order of the chain. */
async function prepareBlock(
  block: ServerBlock,
  { loader }: Context,
  errors: ConfigError[],
): Promise<Prepared[]> {
  const prepared: Prepared[] = []
  await loader.prepare(block.directives.map(({ name }) => name))
  const ordered = [...block.directives].sort((a, b) => loader.rank(a.name) - loader.rank(b.name))
  for (const directive of ordered) {
    const at = directive.occurrences[0]?.keyword
    if (!loader.has(directive.name)) {
      // Names that nobody knows are errors of the Corefile already.
      if (loader.isAbsent(directive.name)) {
        const { what, instead: suggestion } = loader.absence(directive.name) ?? {}
        const message = `this version has no plugin '${directive.name}': it ${what}`
        errors.push(new ConfigError('unknown-directive', message, { at, suggestion }))
      }
      continue
    }
    try {
      const plugin = await loader.load(directive.name, at)
      const result = parseOptions(plugin.options, directive)
      if (result.errors) errors.push(...result.errors)
      else prepared.push({ directive, plugin, options: result.value })
    } catch (error) {
      errors.push(asConfigError(error, directive.name, at))
    }
  }
  return prepared
}

interface Surroundings {
  readonly context: Context
  readonly resolve: Resolve
  readonly inherit: Inherit
  readonly errors: ConfigError[]
}

async function setUpBlock(
  source: ServerBlock,
  prepared: readonly Prepared[],
  { context, resolve, inherit, errors }: Surroundings,
): Promise<ConfiguredBlock> {
  const id = blockId(source.keys)
  const settings = defaultSettings()
  const listeners: Listener[] = []
  const zones = source.keys.map(({ zone }) => Name.parseText(zone))
  const keys = source.keys.map(({ text }) => text)
  const links: Link[] = []
  for (const { directive, plugin, options } of prepared) {
    const at = directive.occurrences[0]?.keyword ?? source.at
    const host = makeHost(context, {
      plugin: plugin.name,
      block: { zones, keys, listeners, at },
      settings,
      links,
      resolve,
      inherit: () => inherit(id, plugin.name),
    })
    try {
      const handler: Handler = await plugin.setup(options as never, host)
      links.push({ name: plugin.name, handler })
    } catch (error) {
      if (error instanceof ConfigErrors) errors.push(...error.errors)
      else errors.push(asConfigError(error, plugin.name, at))
    }
  }
  errors.push(...findUnmet(prepared, links))
  const spreadable = spreadableAmong(prepared)
  return { keys: source.keys, source, settings, links, listeners, spreadable }
}

function spreadableAmong(prepared: readonly Prepared[]): readonly Directive[] | undefined {
  if (prepared.some(({ plugin }) => plugin.processes === 'one')) return undefined
  const repeated = prepared.filter(({ plugin }) => plugin.processes !== 'first')
  return repeated.map(({ directive }) => directive)
}

/** Plugins that need what no other plugin of the block has. */
function findUnmet(prepared: readonly Prepared[], links: readonly Link[]): ConfigError[] {
  return prepared.flatMap(({ directive, plugin: { name, needs } }) =>
    Object.entries(needs ?? {}).flatMap(([kind, maker]) => {
      if (links.some(({ handler }) => handler.offers?.[kind as keyof Offers])) return []
      const at = directive.occurrences[0]?.keyword
      const suggestion = `put ${maker} into the same server block`
      return new ConfigError('setup', `plugin/${name}: ${maker} plugin not loaded`, {
        at,
        suggestion,
      })
    }),
  )
}

/** A fault in a plugin's setup as a mistake in the configuration, with the plugin's name. */
function asConfigError(error: unknown, plugin: string, at: ConfigError['at']): ConfigError {
  if (error instanceof ConfigError && error.at !== undefined) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ConfigError('setup', `plugin/${plugin}: ${message}`, { at, cause: error })
}
