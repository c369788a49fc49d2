/** Sends the queries that steps describe and observes their replies. */

import { type Carrier, exchangeOver } from './carrier.ts'
import type { Exchange, Target } from './exchange.ts'
import { composeMessage, type Question } from './message.ts'
import { type Observation, observe } from './observation.ts'
import type { Mask, Query, Transport } from './suite.ts'

/** What applies to all queries of a suite, and how long to wait for this one's reply. */
export interface AskContext {
  readonly port: number
  /** What carries all queries, if not what each step says. */
  readonly carrier?: Carrier | undefined
  readonly masks: readonly Mask[]
  readonly timeoutMs: number
}

/** Asks one query; returns its reply and how long that took. */
export async function ask(
  step: Query,
  context: AskContext,
): Promise<{ observation: Observation; tookMs: number }> {
  const { observations, tookMs } = await askOver(step.tcp ? 'tcp' : 'udp', [step], step, context)
  return { observation: observations[0] ?? { silence: true }, tookMs }
}

/** Asks all queries at once over one connection; the n-th reply to arrive is the n-th result. */
export async function askPipelined(
  steps: readonly Query[],
  transport: Transport,
  context: AskContext,
): Promise<Observation[]> {
  return (await askOver('tcp', steps, transport, context)).observations
}

/** One line that names a query in reports. */
export function describeQuery({ q, raw, ...step }: Query): string {
  const maxRawDigits = 48
  const shortRaw = raw && raw.length > maxRawDigits ? `${raw.slice(0, maxRawDigits)}…` : raw
  const details = [
    ...(step.tcp ? ['tcp'] : []),
    ...(step.opcode !== undefined ? [step.opcode] : []),
    ...(step.flags !== undefined ? [`flags=${step.flags.join('+') || 'none'}`] : []),
    ...(step.edns !== undefined
      ? [`edns=${Object.entries(step.edns).map(([key, value]) => `${key}:${value}`)}`]
      : []),
    ...(step.from !== undefined ? [`from ${step.from}`] : []),
    ...(step.to !== undefined ? [`to ${step.to}`] : []),
  ]
  const name = q ?? `raw ${shortRaw || '(no octets)'}`
  return details.length === 0 ? name : `${name} (${details.join(' ')})`
}

interface ComposedQuery {
  readonly octets: Buffer
  readonly id: number
  readonly question: string | undefined
}

async function askOver(
  recorded: Carrier,
  steps: readonly Query[],
  transport: Transport,
  context: AskContext,
): Promise<{ observations: Observation[]; tookMs: number }> {
  const composed = steps.map(composeQuery)
  const [first, ...others] = composed.map(({ octets }) => octets)
  if (first === undefined) throw new Error('nothing to ask')
  const carrier = context.carrier ?? recorded
  const payloads = [first, ...others] as const
  const exchange = await exchangeOver(
    carrier,
    target(transport, context),
    payloads,
    transport.split,
  )
  const observations = composed.map((each, i) =>
    observeNth(steps[i] as Query, i, each, exchange, context),
  )
  return { observations, tookMs: exchange.tookMs }
}

function observeNth(
  step: Query,
  index: number,
  { id, question }: ComposedQuery,
  { replies, localPort, isClosed }: Exchange,
  { masks }: AskContext,
): Observation {
  const reply = replies[index]
  if (reply === undefined) return { silence: true, ...(isClosed && { closed: true }) }
  return observe(reply, { id, question, localPort }, masks, step.order === 'exact')
}

function composeQuery(step: Query): ComposedQuery {
  if (step.raw !== undefined) {
    const octets = Buffer.from(step.raw, 'hex')
    const id = octets.length < 2 ? -1 : octets.readUInt16BE()
    return { octets, id, question: undefined }
  }
  const question = parseQuestion(step.q ?? '')
  const { opcode, edns, answer, flags = ['rd'] } = step
  const id = Math.floor(Math.random() * 0x10000)
  const octets = composeMessage({ id, opcode, flags, question, answer, edns })
  return { octets, id, question: `${question.name} ${question.class} ${question.type}` }
}

function parseQuestion(text: string): Question {
  const [name, type, qclass = 'IN'] = text.split(' ')
  if (name === undefined || type === undefined) throw new Error(`no question: "${text}"`)
  return { name: name.endsWith('.') ? name : `${name}.`, type, class: qclass }
}

function target({ to, port, from }: Transport, context: AskContext): Target {
  return {
    host: to ?? '127.0.0.1',
    port: Number(port ?? context.port),
    from,
    timeoutMs: context.timeoutMs,
  }
}
