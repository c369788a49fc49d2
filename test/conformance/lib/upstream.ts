/**
 * A scripted upstream on one loopback port, UDP and TCP, that also counts the queries it sees.
 *
 * An answer is looked up as `name TYPE`, `name *`, then `*.parent TYPE`, `*.parent *` towards the
 * root; keys are lower case without the final dot. Texts of records may hold `{qname}` and `{n}`,
 * the number of queries seen for that name and type.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { frame, unframe } from './framing.ts'
import {
  composeMessage,
  type Flag,
  type Opt,
  type ParsedMessage,
  parseMessage,
  type Question,
} from './message.ts'

/** What an upstream answers; in a change, what is absent stays as it is. */
export interface UpstreamScript {
  readonly answers?: Readonly<Record<string, ScriptedReply>>
  readonly default?: ScriptedReply
  /** `closed`: nothing listens; `silent`: queries are counted and not answered. */
  readonly down?: 'closed' | 'silent' | null
}

/** One scripted reply. */
export interface ScriptedReply {
  readonly rcode?: string
  readonly flags?: readonly Flag[]
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  /** `false` leaves OPT out; by default a query with OPT gets one back. */
  readonly edns?: Partial<Opt> | false
  readonly compress?: boolean
  readonly tc?: boolean
  /** Sets TC and leaves the records out. */
  readonly truncate?: boolean
  /** Adds a TXT record that describes the query as it arrived. */
  readonly report?: boolean
  /** Milliseconds before the reply is sent. */
  readonly delay?: number
  readonly drop?: boolean
  /** Faults of the header and the question. */
  readonly wrongId?: boolean
  readonly wrongQuestion?: string
  readonly noQuestion?: boolean
  readonly notReply?: boolean
  /** Octets in hex that follow the query's id instead of a composed message. */
  readonly raw?: string
  /** What is different over one transport. */
  readonly udp?: ScriptedReply
  readonly tcp?: ScriptedReply
  /** Replies in turn; the last one stays. */
  readonly sequence?: readonly ScriptedReply[]
}

/** The transports of an upstream. */
export type TransportName = 'udp' | 'tcp'

/** A running upstream. */
export class Upstream {
  readonly #port: number
  #script: UpstreamScript
  #sockets: { udp: UdpSocket; tcp: Server } | undefined
  readonly #connections = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #seen = new Map<string, number>()
  #counts: Record<TransportName, number> = { udp: 0, tcp: 0 }

  constructor(port: number, script: UpstreamScript) {
    this.#port = port
    this.#script = script
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    await this.change({})
  }

  /** Merges a change into the script; `down` opens and closes the sockets. */
  async change(change: UpstreamScript): Promise<void> {
    const answers = { ...this.#script.answers, ...change.answers }
    this.#script = { ...this.#script, ...change, answers }
    if (this.#script.down === 'closed') await this.#close()
    else await this.#open()
  }

  /** Returns the numbers of queries since the last call; health checks (`. NS`) aren't counted. */
  takeCounts(): Readonly<Record<TransportName, number>> {
    const counts = this.#counts
    this.#counts = { udp: 0, tcp: 0 }
    return counts
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#close()
  }

  async #open(): Promise<void> {
    if (this.#sockets !== undefined) return
    const udp = createSocket('udp4')
    const tcp = createServer((connection) => this.#serveConnection(connection))
    this.#sockets = { udp, tcp }
    udp.on('message', (query, peer) => {
      this.#receive(query, 'udp', (reply) => {
        if (this.#sockets?.udp === udp) udp.send(reply, peer.port, peer.address)
      })
    })
    await Promise.all([
      new Promise<void>((resolve, reject) => {
        udp.once('error', reject).bind(this.#port, '127.0.0.1', resolve)
      }),
      new Promise<void>((resolve, reject) => {
        tcp.once('error', reject).listen(this.#port, '127.0.0.1', resolve)
      }),
    ])
    // Later ones are about single datagrams, such as a client that has gone.
    udp.removeAllListeners('error').on('error', () => {})
  }

  async #close(): Promise<void> {
    if (this.#sockets === undefined) return
    const { udp, tcp } = this.#sockets
    this.#sockets = undefined
    const closed = [
      new Promise<void>((resolve) => udp.close(resolve)),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]
    for (const connection of this.#connections) connection.destroy()
    await Promise.all(closed)
  }

  #serveConnection(connection: Socket): void {
    this.#connections.add(connection)
    connection.on('error', () => {})
    connection.on('close', () => this.#connections.delete(connection))
    const receive = unframe((query) => {
      this.#receive(query, 'tcp', (reply) => {
        if (!connection.destroyed) connection.write(frame(reply))
      })
    })
    connection.on('data', receive)
  }

  #receive(octets: Buffer, transport: TransportName, send: (reply: Buffer) => void): void {
    const query = parseQuery(octets)
    const question = query?.questions[0]
    if (query === undefined || question === undefined) return
    const isHealthCheck = question.name === '.' && question.type === 'NS'
    if (!isHealthCheck) this.#counts[transport]++
    if (this.#script.down === 'silent') return

    const key = `${question.name.toLowerCase()} ${question.type}`
    const nth = (this.#seen.get(key) ?? 0) + 1
    this.#seen.set(key, nth)
    const scripted = this.#find(question.name, question.type)
    const otherwise = isHealthCheck ? {} : (this.#script.default ?? { rcode: 'REFUSED' })
    const reply = choose(scripted ?? otherwise, transport, nth)
    if (reply.drop) return
    const composed = composeReply(reply, { query, octets, transport, nth })
    if (reply.delay === undefined) send(composed)
    else this.#sendLater(reply.delay, () => send(composed))
  }

  #sendLater(delayMs: number, send: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      send()
    }, delayMs)
    this.#timers.add(timer)
  }

  #find(qname: string, qtype: string): ScriptedReply | undefined {
    const answers = this.#script.answers ?? {}
    const labels = qname.toLowerCase().replace(/\.$/, '').split('.')
    const wildcards = labels.map((_, i) => ['*', ...labels.slice(i + 1)].join('.'))
    const keys = [labels.join('.'), ...wildcards].flatMap((owner) => [
      `${owner} ${qtype}`,
      `${owner} *`,
    ])
    return keys.map((key) => answers[key]).find((reply) => reply !== undefined)
  }
}

interface Arrival {
  readonly query: ParsedMessage
  readonly octets: Buffer
  readonly transport: TransportName
  /** How many queries for that name and type came, this one included. */
  readonly nth: number
}

function parseQuery(octets: Buffer): ParsedMessage | undefined {
  try {
    return parseMessage(octets)
  } catch {
    return undefined
  }
}

function choose(reply: ScriptedReply, transport: TransportName, nth: number): ScriptedReply {
  const inTurn = reply.sequence?.[Math.min(nth, reply.sequence.length) - 1] ?? reply
  return { ...inTurn, ...inTurn[transport] }
}

function composeReply(reply: ScriptedReply, { query, octets, transport, nth }: Arrival): Buffer {
  if (reply.raw !== undefined) {
    return Buffer.concat([octets.subarray(0, 2), Buffer.from(reply.raw, 'hex')])
  }
  const qname = query.questions[0]?.name ?? '.'
  const records = (texts: readonly string[] = []) =>
    reply.truncate
      ? []
      : texts.map((text) => text.replaceAll('{qname}', qname).replaceAll('{n}', String(nth)))
  const description = describeQuery(query, transport).replace(/["\\]/g, '\\$&')
  const report = `${qname} 60 IN TXT "${description}"`
  return composeMessage({
    id: reply.wrongId ? query.id ^ 0x5555 : query.id,
    rcode: reply.rcode,
    flags: replyFlags(reply, query),
    question: reply.noQuestion ? undefined : replyQuestion(reply, query),
    answer: [...records(reply.answer), ...(reply.report ? [report] : [])],
    authority: records(reply.authority),
    additional: records(reply.additional),
    edns: reply.edns === false ? undefined : (reply.edns ?? echoedOpt(query)),
    compress: reply.compress,
  })
}

function replyFlags(reply: ScriptedReply, query: ParsedMessage): Flag[] {
  return [
    ...(reply.notReply ? [] : (['qr'] as const)),
    ...(reply.flags ?? (['ra'] as const)),
    ...query.flags.filter((flag) => flag === 'rd' || flag === 'cd'),
    ...(reply.truncate || reply.tc ? (['tc'] as const) : []),
  ]
}

function replyQuestion(reply: ScriptedReply, query: ParsedMessage): Question | undefined {
  if (reply.wrongQuestion === undefined) return query.questions[0]
  const [name = '.', type = 'A'] = reply.wrongQuestion.split(' ')
  return { name, type, class: 'IN' }
}

function echoedOpt({ opt }: ParsedMessage): Partial<Opt> | undefined {
  return opt === undefined ? undefined : { do: opt.do }
}

function describeQuery({ questions, flags, opt }: ParsedMessage, transport: TransportName): string {
  const question = questions.map(({ name, type, class: qclass }) => `${name} ${qclass} ${type}`)[0]
  const edns =
    opt === undefined ? 'none' : `${opt.size},do=${opt.do ? 1 : 0},${opt.options.join('+') || '-'}`
  return `${question} ${transport} flags=${flags.join('+') || '-'} edns=${edns}`
}
