/** Recorded verdicts: Corefiles, and whether a server starts with them. */

import { readFileSync } from 'node:fs'
import { freePort } from '../../free-port.ts'
import { fillPlaceholders, portNames, unfillText } from './placeholders.ts'
import type { CaseResult } from './replay.ts'
import { ScratchDirectory } from './scratch.ts'
import { type ServerCommand, ServerProcess } from './server-process.ts'
import type { Lines } from './suite.ts'

/** What a server makes of a Corefile: it starts, or it ends. */
export type Verdict = 'ok' | 'error'

/** One recorded verdict. */
export interface VerdictEntry {
  /** `group/name`. */
  readonly name: string
  readonly corefile: Lines
  readonly files?: Readonly<Record<string, Lines>>
  readonly env?: Readonly<Record<string, string>>
  readonly verdict: Verdict
  /** What CoreDNS printed; not compared. */
  readonly message: string
}

/** A server that neither answers nor has ended after this time has accepted its Corefile. */
const startTimeoutMs = 6_000
const shownOutputLines = 8

/** Loads the verdicts of a file. */
export function loadVerdicts(path: string): VerdictEntry[] {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Starts a server with an entry's Corefile and compares the verdict. */
export async function replayVerdict(
  entry: VerdictEntry,
  command: ServerCommand,
): Promise<CaseResult> {
  const { verdict, output } = await tryCorefile(entry, command)
  const expected = `${entry.verdict} ${entry.message}`.trim()
  const got = `${verdict}\n${output}`.trim()
  const differences = verdict === entry.verdict ? [] : [{ field: 'verdict', expected, got }]
  return { label: describeCorefile(entry), differences }
}

/** The group of a verdict: the part of its name before the slash. */
export function verdictGroup({ name }: VerdictEntry): string {
  return name.slice(0, name.indexOf('/'))
}

/** A Corefile on one line, for reports. */
function describeCorefile({ corefile }: VerdictEntry): string {
  const maxCharacters = 120
  const text = [corefile].flat().join(' ').replace(/\s+/g, ' ')
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
}

async function tryCorefile(
  { corefile, files = {}, env = {} }: VerdictEntry,
  command: ServerCommand,
): Promise<{ verdict: Verdict | 'crash'; output: string }> {
  const scratch = new ScratchDirectory()
  const values: Record<string, string> = { dir: scratch.path }
  for (const name of portNames({ corefile, files, env })) {
    values[name] = String(await freePort())
  }
  const port = Number(values.port)
  scratch.write({ ...files, Corefile: corefile }, values)
  const server = new ServerProcess(command, {
    corefile: scratch.corefile,
    port,
    directory: scratch.path,
    env: fillPlaceholders(env, values),
  })
  try {
    const state = await server.waitForStart('127.0.0.1', port, startTimeoutMs)
    const output = unfillText(server.lastLines(shownOutputLines), values)
    if (state !== 'ended') return { verdict: 'ok', output }
    // Only a server that ends by itself has refused its Corefile.
    return { verdict: server.status?.startsWith('status') ? 'error' : 'crash', output }
  } finally {
    await server.stop(true)
    scratch.remove()
  }
}
