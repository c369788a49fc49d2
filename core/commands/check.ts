/** `fingerpost check FILE [--json]`: says what is wrong with a configuration, without running it. */

import { ConfigError } from '@fingerpost/sdk'
import { configErrorsIn, describeConfigError } from '../config-errors.ts'
import type { Context } from '../context.ts'
import { formatDiagnostics } from '../corefile/diagnostics.ts'
import type { Corefile } from '../corefile/parse.ts'
import { describeFinding } from '../finding.ts'
import { UsageError } from '../flag-syntax.ts'
import { Generation } from '../generation.ts'
import { makeContext, sourceOf } from '../process.ts'
import type { Program } from '../program.ts'
import { readCorefile } from '../read-corefile.ts'

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
  )
  try {
    const corefile = await readCorefile(source, context.loader, runtime.env, flags.dnsPort)
    const result = await checkCorefile(corefile, context, flags.dnsPort)
    const text = flags.json
      ? JSON.stringify(checkToJson(result), undefined, 2)
      : formatCheck(result, source.path)
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

/** Reads the options, sets up every plugin and ends it again; opens no listening socket. */
export async function checkCorefile(
  corefile: Corefile,
  context: Context,
  dnsPort: number,
): Promise<CheckResult> {
  try {
    const generation = await Generation.build(corefile, context, dnsPort)
    await generation.stop()
    return { errors: [], warnings: generation.warnings }
  } catch (error) {
    return { errors: configErrorsIn(error), warnings: corefile.warnings }
  }
}

/** The result for people: every finding with its place, and a count. */
export function formatCheck({ errors, warnings }: CheckResult, path: string): string {
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].join(', ')
  const findings = formatDiagnostics(errors) + formatDiagnostics(warnings, 'warning')
  return `${findings}${path}: ${counts}`
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
