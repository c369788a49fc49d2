/** A process from its first configuration to its end: start, reload, shutdown (reference 1.8). */

import { ConfigError, ConfigErrors } from '@fingerpost/sdk'
import type { Context } from './context.ts'
import { formatDiagnostics } from './corefile/diagnostics.ts'
import { diskFiles } from './corefile/files.ts'
import { type Corefile, parseCorefile } from './corefile/parse.ts'
import { Generation } from './generation.ts'

/** Where the configuration comes from. */
export interface ConfigSource {
  /** As messages show it. */
  readonly path: string
  /** Its text as it is now. @throws when it can't be read */
  read(): Promise<string>
}

/** CoreDNS's answer to no configuration at all. */
export const defaultCorefile = (dnsPort: number): string => `.:${dnsPort} {\nwhoami\nlog\n}\n`

/** Runs one generation after the other. */
export class Lifecycle {
  readonly #context: Context
  readonly #source: ConfigSource
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #dnsPort: number
  #current: Generation | undefined
  #isStopping = false
  // Reloads wait for each other.
  #work: Promise<unknown> = Promise.resolve()

  constructor(
    context: Context,
    source: ConfigSource,
    environment: Readonly<Record<string, string | undefined>>,
    dnsPort: number,
  ) {
    this.#context = context
    this.#source = source
    this.#environment = environment
    this.#dnsPort = dnsPort
  }

  get generation(): Generation | undefined {
    return this.#current
  }

  /**
   * Starts with the configuration as it is now.
   * @throws ConfigErrors
   */
  async start(): Promise<Generation> {
    const next = await this.#build()
    await next.start()
    this.#warn(next)
    this.#current = next
    return next
  }

  /**
   * Puts the configuration as it is now in the place of the running one. A faulty one changes
   * nothing. Returns whether it was taken.
   */
  reload(): Promise<boolean> {
    const result = this.#work.then(() => this.#reload())
    this.#work = result
    return result
  }

  /** Ends everything: plugins first, then sockets. False when a plugin failed at it. */
  async stop(): Promise<boolean> {
    if (this.#isStopping) return true
    this.#isStopping = true
    await this.#work
    const isClean = (await this.#current?.stop()) ?? true
    await this.#context.sockets.keepOnly(new Set())
    return isClean
  }

  async #reload(): Promise<boolean> {
    if (this.#isStopping) return false
    const { log } = this.#context
    log.core.info('Reloading')
    const previous = this.#current
    try {
      const next = await this.#build(previous)
      await next.start()
      this.#warn(next)
      this.#current = next
      await previous?.stop()
      log.core.info('Reloading complete')
      return true
    } catch (error) {
      log.core.error(`Restart failed: ${describeConfigError(error)}`)
      return false
    }
  }

  async #build(previous?: Generation): Promise<Generation> {
    const { loader } = this.#context
    const text = await this.#source.read()
    const read = (corefile: string): Corefile =>
      parseCorefile(corefile, {
        path: this.#source.path,
        files: diskFiles,
        environment: this.#environment,
        isDirective: (name) => loader.has(name) || loader.isAbsent(name),
        directiveNames: loader.names,
      })
    let corefile = read(text)
    if (corefile.blocks.length === 0 && corefile.errors.length === 0) {
      corefile = read(defaultCorefile(this.#dnsPort))
    }
    return Generation.build(corefile, this.#context, this.#dnsPort, previous)
  }

  #warn({ warnings }: Generation): void {
    if (warnings.length === 0) return
    this.#context.log.core.warning(formatDiagnostics(warnings, 'warning').trimEnd())
  }
}

/** What is wrong with a configuration, for people. */
export function describeConfigError(error: unknown): string {
  if (error instanceof ConfigErrors) return formatDiagnostics(error.errors).trimEnd()
  if (error instanceof ConfigError) return formatDiagnostics([error]).trimEnd()
  return error instanceof Error ? error.message : String(error)
}
