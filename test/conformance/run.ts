/**
 * Replays the recorded behaviour of CoreDNS against a server and reports every difference.
 *
 *   bun test/conformance/run.ts --server 'SERVER -conf {corefile} -dns.port {port}' [options]
 */

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { deliberateDifferences } from './differences.ts'
import { carrySuite, needsItsTransport } from './lib/carried-suite.ts'
import { type Carrier, carriers } from './lib/carrier.ts'
import { limitConcurrency } from './lib/concurrency.ts'
import { formatFailures, formatOthers, type JudgedCase, judge } from './lib/judgement.ts'
import { suitesDirectory, verdictsFile } from './lib/locations.ts'
import { replaySuite } from './lib/replay.ts'
import { Report } from './lib/report.ts'
import { formatLeft, type Selection, select } from './lib/selection.ts'
import { killServers, parseCommand, type ServerCommand } from './lib/server-process.ts'
import { globPattern, loadSuites } from './lib/suite.ts'
import { loadVerdicts, replayVerdict, verdictGroup } from './lib/verdict.ts'

const usage = `usage: run.ts --server 'SERVER -conf {corefile} -dns.port {port}' [options]
  --only GLOB      only suites (or verdicts) whose group/name matches
  --plugins A,B    only those whose Corefile uses no other directives of CoreDNS
  --transport T    ask over udp, tcp, tls or https alone instead of as recorded
  --verdicts       replay the verdicts (which Corefiles start) instead of the suites
  --jobs N         suites or verdicts at the same time (default 1)
  --json FILE      write totals, counts per group and failures as JSON
  --verbose        print passing cases too`

process.exitCode = await main()

/** Runs the tool; returns the exit status: 0 all passed, 1 something failed, 2 wrong usage. */
async function main(): Promise<number> {
  const options = parseOptions()
  const carrier = carriers.find((name) => name === options?.transport)
  if (options?.server === undefined || carrier !== options.transport) {
    console.error(usage)
    return 2
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      killServers()
      process.exit(130)
    })
  }
  const run: Run = {
    command: parseCommand(options.server),
    only: options.only,
    carrier,
    plugins: options.plugins === undefined ? undefined : new Set(options.plugins.split(',')),
    limit: limitConcurrency(Math.max(1, Number(options.jobs) || 1)),
    report: new Report(),
    isVerbose: options.verbose,
  }
  await (options.verdicts ? replayVerdicts(run) : replaySuites(run))
  console.log(run.report.summary())
  if (run.report.isEmpty) {
    console.error('nothing was replayed: see --only and --plugins')
    return 2
  }
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(run.report.toJson(), null, 2)}\n`)
  }
  return run.report.failedCount === 0 ? 0 : 1
}

interface Run {
  readonly command: ServerCommand
  readonly only: string
  readonly carrier: Carrier | undefined
  readonly plugins: ReadonlySet<string> | undefined
  readonly limit: ReturnType<typeof limitConcurrency>
  readonly report: Report
  readonly isVerbose: boolean
}

async function replaySuites(run: Run): Promise<void> {
  const { carrier } = run
  const suites = loadSuites(suitesDirectory, run.only)
  const selection = select(suites, run.plugins, (suite) => {
    return carrier && needsItsTransport(suite, carrier)
  })
  await runAll(
    run,
    choose(selection, ({ id }) => id),
    async (recorded) => {
      const suite = carrier === undefined ? recorded : carrySuite(recorded, carrier)
      const { cases, output } = await replaySuite(suite, run.command)
      tell(run, suite.group, suite.id, judge(suite.id, cases, deliberateDifferences), output)
    },
  )
}

async function replayVerdicts(run: Run): Promise<void> {
  const pattern = globPattern(run.only)
  const entries = loadVerdicts(verdictsFile).filter(({ name }) => pattern.test(name))
  const selected = choose(select(entries, run.plugins), ({ name }) => name)
  await runAll(run, selected, async (entry) => {
    const where = `verdict:${entry.name}`
    const result = await replayVerdict(entry, run.command)
    tell(run, verdictGroup(entry), where, judge(where, [result], deliberateDifferences))
  })
}

async function runAll<T>(
  { limit }: Run,
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  await Promise.all(items.map((item) => limit(() => action(item))))
}

/** Prints what is left out, and why; returns the rest. */
function choose<T>(selection: Selection<T>, nameOf: (item: T) => string): readonly T[] {
  const left = formatLeft(selection, nameOf)
  if (left !== '') console.log(left)
  return selection.selected
}

function tell(
  { report, isVerbose }: Run,
  group: string,
  where: string,
  cases: readonly JudgedCase[],
  output = '',
): void {
  report.add(group, where, cases)
  const texts = [isVerbose ? formatOthers(where, cases) : '', formatFailures(where, cases, output)]
  for (const text of texts) if (text !== '') console.log(text)
}

function parseOptions() {
  try {
    return parseArgs({
      options: {
        server: { type: 'string' },
        only: { type: 'string', default: '*' },
        plugins: { type: 'string' },
        transport: { type: 'string' },
        verdicts: { type: 'boolean', default: false },
        jobs: { type: 'string', default: '1' },
        json: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    console.error((error as Error).message)
    return undefined
  }
}
