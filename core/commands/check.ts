/** `fingerpost check FILE [--json]`: says what is wrong with a configuration, without running it. */

import { ConfigError } from '@fingerpost/sdk'
import { configErrorsIn, describeConfigError } from '../config-errors.ts'
import { type Configuration, readConfiguration } from '../configuration.ts'
import { inReadingOrder, prepareBlocks } from '../configure.ts'
import type { Context } from '../context.ts'
import { formatDiagnostics } from '../corefile/diagnostics.ts'
import { openExtras } from '../extra/open-extras.ts'
import type { Extra } from '../extra/read-extras.ts'
import { describeFinding } from '../finding.ts'
import { UsageError } from '../flag-syntax.ts'
import type { Flags } from '../flags.ts'
import { Generation } from '../generation.ts'
import { makeContext, placeOpener, sourceOf } from '../process.ts'
import type { Program } from '../program.ts'

/** How long a ConfigMap is waited for. */
const CHECK_PATIENCE_MS = 5000

/** Exit codes of the command. */
export const CheckExit = { CLEAN: 0, ERRORS: 1, UNABLE: 2 } as const

/** `check [FILE]`: exit code 0 without errors, 1 with, 2 when it can't be told. */
export async function check(program: Program): Promise<void> {
  const { runtime, flags } = program
  const conf = flags.words[0] ?? flags.conf
  if (flags.words.length > 1) throw new UsageError(`check takes one file: ${flags.words.join(' ')}`)
  const source = sourceOf(runtime, { ...flags, conf })
  const context = makeContext(
    runtime,
    program.loader,
    (line) => runtime.stderr.write(line),
    () => {},
    placeOpener(runtime, false),
  )
  try {
    const { dnsPort } = flags
    const extras = openExtras(program, flags, context, CHECK_PATIENCE_MS)
    const from = { source, extras, environment: runtime.env, dnsPort }
    const configuration = await readConfiguration(from, context.loader)
    const result = await checkConfiguration(configuration, context, dnsPort)
    const text = flags.json
      ? JSON.stringify(checkToJson(result), undefined, 2)
      : formatCheck(result, sourcesOf(source.path, flags))
    runtime.stdout.write(text)
    runtime.exit(result.errors.length > 0 ? CheckExit.ERRORS : CheckExit.CLEAN)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(CheckExit.UNABLE)
  }
}

/** What a check found. */
export interface CheckResult {
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

/**
 * Reads the options, sets up every plugin and ends it again; opens no listening socket. Mistakes
 * of extra configuration are errors here, though a server would run without it.
 */
export async function checkConfiguration(
  { corefile, extras }: Configuration,
  context: Context,
  dnsPort: number,
): Promise<CheckResult> {
  const good = extras.all.filter((extra) => extra.corefile.errors.length === 0)
  const unreadable = extras.all.flatMap((extra) => extra.corefile.errors)
  try {
    const generation = await Generation.build(corefile, context, dnsPort, { extras: good })
    await generation.stop()
    const faults = generation.faults.flatMap(({ errors }) => errors)
    return {
      errors: inReadingOrder([...unreadable, ...faults]),
      warnings: [...extras.warnings, ...generation.warnings],
    }
  } catch (error) {
    // What the extras would be beside a base that works is still to be told.
    const alone = await Promise.all(good.map((extra) => faultsAlone(extra, context)))
    const warnings = [corefile, ...good.map((extra) => extra.corefile)].flatMap(
      (one) => one.warnings,
    )
    return { errors: [...configErrorsIn(error), ...unreadable, ...alone.flat()], warnings }
  }
}

/** Mistakes in the options of an extra. */
async function faultsAlone({ corefile }: Extra, context: Context): Promise<readonly ConfigError[]> {
  try {
    await prepareBlocks(corefile, context)
    return []
  } catch (error) {
    return configErrorsIn(error)
  }
}

/** The result for people: every finding with its place, and a count. */
export function formatCheck({ errors, warnings }: CheckResult, path: string): string {
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].join(', ')
  const findings = formatDiagnostics(errors) + formatDiagnostics(warnings, 'warning')
  return `${findings}${path}: ${counts}`
}

function sourcesOf(path: string, { extraCorefiles, extraConfigMap }: Flags): string {
  const configMap = extraConfigMap === '' ? [] : [`ConfigMap ${extraConfigMap}`]
  return [path, ...extraCorefiles, ...configMap].join(', ')
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** The result for programs. */
export function checkToJson({ errors, warnings }: CheckResult): unknown {
  return {
    ok: errors.length === 0,
    findings: [
      ...errors.map((error) => describeFinding('error', error)),
      ...warnings.map((error) => describeFinding('warning', error)),
    ],
  }
}
