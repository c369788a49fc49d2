/** `fingerpost explain NAME TYPE`: answers one query from a Corefile and tells how. */

import {
  Class,
  composeQuery,
  Flag,
  type Listener,
  parseNameText,
  parseTypeText,
  type Query,
} from '@fingerpost/sdk'
import { describeConfigError } from '../config-errors.ts'
import { readConfiguration } from '../configuration.ts'
import { formatExplanation } from '../explain.ts'
import { openExtras } from '../extra/open-extras.ts'
import { UsageError } from '../flag-syntax.ts'
import { Generation, type MakeExplained } from '../generation.ts'
import { makeContext, placeOpener, sourceOf } from '../process.ts'
import { Exit, type Program, say } from '../program.ts'

/** `explain NAME [TYPE]`: sets the configuration up without listening, asks it, tells how. */
export async function explain(program: Program): Promise<void> {
  const { runtime, flags, loader } = program
  const [name = '', type = 'A', ...rest] = flags.words
  const question = rest.length === 0 ? readQuestion(name, type) : undefined
  if (question === undefined) throw new UsageError('explain takes a name and a type')
  const context = makeContext(
    runtime,
    loader,
    (line) => runtime.stderr.write(line),
    () => {},
    placeOpener(runtime, false),
  )
  try {
    const sources = openExtras(program, flags, context)
    const { corefile, extras } = await readConfiguration(
      {
        source: sourceOf(runtime, flags),
        extras: sources,
        environment: runtime.env,
        dnsPort: flags.dnsPort,
      },
      loader,
    )
    const good = extras.all.filter((extra) => extra.corefile.errors.length === 0)
    const generation = await Generation.build(corefile, context, flags.dnsPort, { extras: good })
    await generation.warmUp()
    const explanation = await generation.explain(question)
    await generation.stop()
    const text = flags.json
      ? JSON.stringify(explanation, undefined, 2)
      : formatExplanation(explanation).trimEnd()
    say(runtime, text)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(Exit.FAILED)
  }
}

/** What to ask; undefined when the words are no name or no type. */
function readQuestion(name: string, type: string): MakeExplained | undefined {
  const qname = parseNameText(name)
  const qtype = parseTypeText(type)
  if (qname === undefined || qtype === undefined) return undefined
  return (listener: Listener, trace: (note: string) => void): Query =>
    composeQuery({
      id: 0,
      flags: Flag.RD,
      qname,
      qtype,
      qclass: Class.IN,
      edns: { udpSize: 1232, flags: 0, options: [] },
      exchange: { listener, clientAddress: '127.0.0.1', clientPort: 0, trace },
      depth: 0,
    })
}
