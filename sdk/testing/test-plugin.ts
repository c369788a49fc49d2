/** Tables of questions and answers, and of options and errors, for any test runner. */

import { ConfigError, ConfigErrors } from '../errors.ts'
import { parseOptions } from '../options/parse-options.ts'
import type { PluginOptions } from '../options/schema.ts'
import type { Plugin } from '../plugin.ts'
import { type Expectation, expectMessage, mismatch, stableJson } from './expect-message.ts'
import type { FakeHost } from './fake-host.ts'
import { loadPlugin, type NextAnswer } from './load-plugin.ts'
import { makeQuery, type QueryOptions } from './make-query.ts'
import { type ReplyText, replyWith } from './message-text.ts'
import { readDirective } from './read-directive.ts'

/** Declares a test: vitest's, `node:test`'s, Bun's or Deno's `it`. */
export type It = (name: string, run: () => Promise<void>) => unknown

/** One question to a plugin and what should come of it. */
export interface PluginCase {
  /** The behaviour in words; made from the rest by default. */
  readonly name?: string
  /** `www.example.org A`, `version.bind CH TXT`. */
  readonly query: string
  readonly options?: QueryOptions
  /** The rest of the chain; SERVFAIL by default. */
  readonly next?: NextAnswer | ReplyText
  readonly expect: Expectation
}

/** How a table is run. */
export interface TableOptions {
  readonly it: It
  /** Makes the host of each case. */
  readonly host?: () => FakeHost
  /** Zones of the server block when no `host` is given. */
  readonly zones?: readonly string[]
  /** The order of records counts. */
  readonly inOrder?: boolean
}

/**
 * Declares one test for each case; every case gets an instance of its own.
 *
 * @example
 * testPlugin(whoami, 'whoami', [
 *   { query: 'example.org MX', options: { client: '192.0.2.7' }, expect: { additional: […] } },
 * ], { it })
 */
export function testPlugin<const O extends PluginOptions>(
  plugin: Plugin<O>,
  corefile: string,
  cases: readonly PluginCase[],
  { it, host, zones, inOrder }: TableOptions,
): void {
  for (const one of cases) {
    it(one.name ?? nameOf(one), async () => {
      const next = typeof one.next === 'object' ? replyWith(one.next) : one.next
      const loaded = await loadPlugin(plugin, corefile, {
        ...(host && { host: host() }),
        ...(zones && { zones }),
        ...(next && { next }),
      })
      const response = await loaded.ask(makeQuery(one.query, undefined, one.options))
      const passed = loaded.passed.length > 0
      await loaded.shutdown()
      expectMessage(response, one.expect, { passed, ...(inOrder !== undefined && { inOrder }) })
    })
  }
}

/** Words of a Corefile and the options, or the error, that they should give. */
export interface OptionsCase {
  readonly name?: string
  readonly text: string
  /** The options; of objects, only the keys named here are compared. */
  readonly options?: unknown
  /** What the message of one error must match. */
  readonly error?: RegExp
  /** The word that this error must point at. */
  readonly at?: string
}

/** Declares one test for each case of a plugin's option schema. */
export function testOptions<const O extends PluginOptions>(
  plugin: Plugin<O>,
  cases: readonly OptionsCase[],
  { it }: { readonly it: It },
): void {
  for (const one of cases) {
    const words = one.text.replaceAll(/\s+/g, ' ')
    it(one.name ?? `${one.error ? 'refuses' : 'reads'} '${words}'`, async () => {
      const parsed = parseOptions(plugin.options, readDirective(plugin.name, one.text))
      if (one.error !== undefined) expectError(parsed.errors ?? [], one)
      else if (parsed.errors !== undefined) throw new ConfigErrors(parsed.errors)
      else if (one.options !== undefined) expectSubset(parsed.value, one.options)
    })
  }
}

/** Throws unless one of `errors` matches, and points at the right word. */
export function expectError(
  errors: readonly ConfigError[],
  { error, at }: Pick<OptionsCase, 'error' | 'at'>,
): void {
  const found = errors.some(
    (one) =>
      (error === undefined || error.test(one.message)) && (at === undefined || one.at?.text === at),
  )
  if (found) return
  const actual = errors.map((one) => ({ message: one.message, at: one.at?.text }))
  throw mismatch('there is no such error', actual, [{ message: String(error), at }])
}

/** Gives the errors that loading ends with; rethrows what is no `ConfigError`. */
export async function configErrorsOf(load: () => unknown): Promise<readonly ConfigError[]> {
  try {
    await load()
    return []
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors
    if (error instanceof ConfigError) return [error]
    throw error
  }
}

function expectSubset(actual: unknown, expected: unknown): void {
  const named = pick(actual, expected)
  if (stableJson(named) !== stableJson(expected)) {
    throw mismatch('the options are others than expected', named, expected)
  }
}

/** The part of `value` that `shape` names. */
function pick(value: unknown, shape: unknown): unknown {
  if (shape === null || typeof shape !== 'object') return value
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    return Array.isArray(shape) ? value.map((item, i) => pick(item, shape[i])) : value
  }
  const source = value as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(shape)
      .filter(([key]) => key in source)
      .map(([key, inner]) => [key, pick(source[key], inner)]),
  )
}

function nameOf({ query, expect }: PluginCase): string {
  if (expect.passed === true) return `passes ${query} on`
  if (expect.dropped === true) return `drops ${query}`
  const records = expect.answer?.length ?? 0
  return `answers ${query} with ${expect.rcode ?? 'NOERROR'} and ${records} records`
}
