/** Checks that what a module exports is a plugin, before anything of it is used. */

import type { Plugin } from '@fingerpost/sdk'

/**
 * The plugin that a module exports by default.
 * @throws DescriptorError that says what is missing
 */
export function readDescriptor(module: object, name: string): Plugin {
  const plugin = (module as { default?: unknown }).default
  if (plugin === undefined) throw new DescriptorError('has no default export')
  if (!isRecord(plugin)) throw new DescriptorError('its default export is no plugin')
  if (plugin.name !== name) {
    throw new DescriptorError(`calls itself ${show(plugin.name)}, not '${name}'`)
  }
  if (typeof plugin.setup !== 'function') throw new DescriptorError('has no setup function')
  checkOptions(plugin.options)
  checkOrder(plugin.order)
  return plugin as unknown as Plugin
}

/** What is wrong with a plugin; the message goes on after the plugin's name. */
export class DescriptorError extends Error {
  override readonly name = 'DescriptorError'
}

function checkOptions(options: unknown): void {
  const isReader =
    isRecord(options) && options.kind === 'reader' && typeof options.read === 'function'
  const isMany = isRecord(options) && options.kind === 'many' && isRecord(options.schema)
  if (isReader || isMany) return
  throw new DescriptorError(
    "has no option schema: options must be directive({ … }) of '@fingerpost/sdk', or many(…)",
  )
}

function checkOrder(order: unknown): void {
  if (order === undefined) return
  if (!isRecord(order)) throw new DescriptorError('its order must be { before, after }')
  for (const [key, value] of Object.entries(order)) {
    if (key !== 'before' && key !== 'after') {
      throw new DescriptorError(`its order has '${key}'; there are before and after`)
    }
    if (value !== undefined && typeof value !== 'string') {
      throw new DescriptorError(`its order says ${key} ${show(value)}, not a plugin's name`)
    }
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 80)}'` : typeof value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object'
