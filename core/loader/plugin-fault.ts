/** A fault in a plugin's own code, for the person who wrote it: what, and where in its files. */

import { dirname } from 'node:path'
import { ConfigError, ConfigErrors, type Token } from '@fingerpost/sdk'

/** A plugin and the file it came from. */
export interface PluginOrigin {
  readonly name: string
  readonly path: string
}

/**
 * The fault as a mistake in the configuration that asked for the plugin: `did` says what the
 * plugin did ("threw when it was set up").
 */
export function pluginFault(
  origin: PluginOrigin,
  did: string,
  error: unknown,
  at?: Token,
): ConfigError {
  const text = `plugin/${origin.name} (${origin.path}) ${did}: ${describe(error)}`
  const frames = framesOf(error, dirname(origin.path))
  const message = frames.length === 0 ? text : `${text}, ${frames.join(', ')}`
  return new ConfigError('setup', message, { at, cause: error })
}

/** Whether an error is meant for the person who wrote the Corefile. */
export function isForUser(error: unknown): boolean {
  return error instanceof ConfigError || error instanceof ConfigErrors
}

/** The error's stack with the names of the files as they are on disk. */
export function stackOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.replaceAll(VERSION, '')
}

// What a fresh import adds to a file's name.
const VERSION = /\?fingerpost=\d+/g
const MAX_FRAMES = 3

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error).replaceAll(VERSION, '')
  const { errors } = error as { errors?: unknown }
  const first: unknown = Array.isArray(errors) ? (errors[0] ?? error) : error
  const text = describePlace(first)
  return `${error.name}: ${text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(VERSION, '')}`
}

/** Bun gives mistakes in the text of a module as messages with positions, or a list of them. */
function describePlace(error: unknown): string {
  const { message, position } = error as {
    message?: string
    position?: { file: string; line: number; column: number } | null
  }
  const place = position ? ` (${position.file}:${position.line}:${position.column})` : ''
  return `${message ?? String(error)}${place}`
}

/** The innermost calls, as long as they are the plugin's. */
function framesOf(error: unknown, directory: string): string[] {
  return stackOf(error)
    .split('\n')
    .map((line) => line.trim().replace('file://', ''))
    .filter((line) => line.startsWith('at ') && line.includes(directory))
    .slice(0, MAX_FRAMES)
}
