/**
 * Replays the recorded behaviour of CoreDNS, as far as the catalogue has the plugins, against the
 * server in FINGERPOST_SERVER (a command line with `{corefile}` and `{port}`) or this checkout: as
 * recorded, and what holds over any transport over TCP, TLS and HTTPS too.
 */

import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../plugins/index.ts'
import { deliberateDifferences } from './differences.ts'
import { carrySuite, needsItsTransport } from './lib/carried-suite.ts'
import { limitConcurrency } from './lib/concurrency.ts'
import { formatFailures, judge } from './lib/judgement.ts'
import { projectRoot, suitesDirectory, verdictsFile } from './lib/locations.ts'
import { replaySuite } from './lib/replay.ts'
import { Report } from './lib/report.ts'
import { formatLeft, select } from './lib/selection.ts'
import { parseCommand, type ServerCommand } from './lib/server-process.ts'
import { loadSuites, type Suite } from './lib/suite.ts'
import { loadVerdicts, replayVerdict, verdictGroup } from './lib/verdict.ts'

/** Suites mostly wait; more at once would distort the times that they measure. */
const suitesAtOnce = 4
/** Verdicts mostly work: each is the start of a process. */
const verdictsAtOnce = 4
/** Every query of these groups is asked over TCP, TLS and HTTPS as well. */
const carriedGroups = new Set(
  'any bufsize cache core corefile hosts loadbalance minimal template whoami'.split(' '),
)
/** Waiting doesn't depend on the transport, so suites that wait long are replayed once. */
const longWaitMs = 1000
/** Includes the time for which a test waits for its turn. */
const timeoutMs = 300_000

const command = serverCommand()
const plugins = new Set(catalogue.map(({ name }) => name))
const suites = select(loadSuites(suitesDirectory), plugins)
const verdicts = select(loadVerdicts(verdictsFile), plugins)
const report = new Report()
const carried = (['tcp', 'tls', 'https'] as const).map((carrier) => {
  const candidates = suites.selected.filter(({ group }) => carriedGroups.has(group))
  const selection = select(candidates, plugins, (suite) => {
    return needsLongWaits(suite) ?? needsItsTransport(suite, carrier)
  })
  return { carrier, selection, report: new Report() }
})

afterAll(() => {
  const leftSuites = formatLeft(suites, ({ id }) => id)
  const leftVerdicts = formatLeft(verdicts, ({ name }) => name)
  console.log(`suites, ${leftSuites}\nverdicts, ${leftVerdicts}\n${report.summary()}`)
  for (const { carrier, selection, report } of carried) {
    console.log(`over ${carrier}, ${formatLeft(selection, ({ id }) => id)}\n${report.summary()}`)
  }
})

describe('recorded suites', () => {
  const limit = limitConcurrency(suitesAtOnce)
  for (const suite of suites.selected) {
    it.concurrent(`replays ${suite.id}: ${suite.description}`, { timeout: timeoutMs }, async () => {
      const { cases, output } = await limit(() => replaySuite(suite, command))
      const judged = judge(suite.id, cases, deliberateDifferences)
      report.add(suite.group, suite.id, judged)
      failWith(formatFailures(suite.id, judged, output))
    })
  }
})

describe.each(carried)('recorded suites over $carrier', ({ carrier, selection, report }) => {
  const limit = limitConcurrency(suitesAtOnce)
  for (const suite of selection.selected) {
    it.concurrent(`replays ${suite.id} over ${carrier}`, { timeout: timeoutMs }, async () => {
      const { cases, output } = await limit(() => replaySuite(carrySuite(suite, carrier), command))
      const judged = judge(suite.id, cases, deliberateDifferences)
      report.add(suite.group, suite.id, judged)
      failWith(formatFailures(suite.id, judged, output))
    })
  }
})

describe('recorded verdicts', () => {
  const limit = limitConcurrency(verdictsAtOnce)
  for (const group of new Set(verdicts.selected.map(verdictGroup))) {
    const entries = verdicts.selected.filter((entry) => verdictGroup(entry) === group)
    const name = `accepts and refuses ${entries.length} Corefiles about ${group} as recorded`
    it.concurrent(name, { timeout: timeoutMs }, async () => {
      const failures = await Promise.all(
        entries.map(async (entry) => {
          const where = `verdict:${entry.name}`
          const result = await limit(() => replayVerdict(entry, command))
          const judged = judge(where, [result], deliberateDifferences)
          report.add(`verdicts of ${group}`, where, judged)
          return formatFailures(where, judged)
        }),
      )
      failWith(failures.filter((text) => text !== '').join('\n'))
    })
  }
})

describe('deliberate differences', () => {
  it('name suites and verdicts that are replayed, or about a directive that is absent', () => {
    const known = new Set([
      ...suites.selected.map(({ id }) => id),
      ...verdicts.selected.map(({ name }) => `verdict:${name}`),
      ...verdicts.left.map(({ item }) => `verdict:${item.name}`),
    ])
    const stray = deliberateDifferences.filter(({ where }) => !known.has(where))
    expect(stray).toEqual([])
  })
})

function needsLongWaits({ steps }: Suite): string | undefined {
  const isLong = steps.some((step) => step.kind === 'wait' && step.wait >= longWaitMs)
  return isLong ? 'waits of a second or more' : undefined
}

function failWith(failures: string): void {
  if (failures !== '') expect.fail(`\n${failures}`)
}

function serverCommand(): ServerCommand {
  const line = process.env.FINGERPOST_SERVER
  if (line !== undefined) return parseCommand(line)
  const bun = join(projectRoot, 'node_modules/.bin/bun')
  const main = join(projectRoot, 'core/main.ts')
  for (const path of [bun, main]) if (!existsSync(path)) throw new Error(`${path} is missing`)
  // The executable itself, so that signals reach the server and no wrapper.
  return [realpathSync(bun), main, '-conf', '{corefile}', '-dns.port', '{port}']
}
