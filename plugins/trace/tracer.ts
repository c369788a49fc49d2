/** Follows some queries through the plugins of their block and makes spans of what they do. */

import {
  type ChainObserver,
  type Clock,
  formatRcode,
  formatType,
  type Message,
  type PluginVisit,
  type Query,
  type Random,
} from '@fingerpost/sdk'
import type { Span } from './span.ts'

/** The name of the span that is the query as a whole: CoreDNS's. */
export const ROOT_NAME = 'servedns'

/** What a tracer needs of its surroundings. */
export interface TracerSurroundings {
  readonly clock: Clock
  readonly random: Random
  /** Takes spans that are over. */
  readonly onSpan: (span: Span) => void
}

/** Spans of one server block. */
export class Tracer implements ChainObserver {
  readonly #around: TracerSurroundings
  /** In which span a query is asked. A plugin may ask on with a query of its own. */
  readonly #spans = new WeakMap<Query, OpenSpan>()
  #openCount = 0

  constructor(surroundings: TracerSurroundings) {
    this.#around = surroundings
  }

  /** Begins to follow a query. */
  begin(query: Query): OpenSpan {
    const { clock, random } = this.#around
    const trace: Trace = {
      ...this.#around,
      id: hexDigits(random, 8),
      beganAt: clock.now(),
      wallMs: clock.wallNow(),
      spans: this.#spans,
    }
    const root = new OpenSpan(trace, undefined, ROOT_NAME)
    this.#spans.set(query, root)
    this.#openCount++
    return root
  }

  /** Ends following a query: what plugins do on their own from now on is not told. */
  finish(query: Query, root: OpenSpan, response: Message): void {
    this.#spans.delete(query)
    this.#openCount--
    root.end(response, undefined, {
      'coredns.io/name': query.qname.toLowerCase().toString(),
      'coredns.io/type': formatType(query.qtype),
      'coredns.io/proto': query.isStream ? 'tcp' : 'udp',
      'coredns.io/remote': query.clientAddress,
      'coredns.io/rcode': response.isDropped ? '-' : formatRcode(response.rcode),
      ...(response.answeredBy !== '' && { 'fingerpost.plugin': response.answeredBy }),
    })
  }

  enter(plugin: string, query: Query): PluginVisit | undefined {
    if (this.#openCount === 0) return undefined
    return this.#spans.get(query)?.child(plugin)
  }
}

interface Trace extends TracerSurroundings {
  readonly id: string
  /** The beginning, by both clocks. */
  readonly beganAt: number
  readonly wallMs: number
  readonly spans: WeakMap<Query, OpenSpan>
}

/** A span that is not over. */
export class OpenSpan implements PluginVisit {
  readonly #trace: Trace
  readonly id: string
  readonly #parent: OpenSpan | undefined
  readonly #name: string
  readonly #startedAt: number

  constructor(trace: Trace, parent: OpenSpan | undefined, name: string) {
    this.#trace = trace
    this.id = hexDigits(trace.random, 4)
    this.#parent = parent
    this.#name = name
    this.#startedAt = trace.clock.now()
  }

  get traceId(): string {
    return this.#trace.id
  }

  child(name: string): OpenSpan {
    return new OpenSpan(this.#trace, this, name)
  }

  asksOn(query: Query): void {
    this.#trace.spans.set(query, this)
  }

  end(answer: Message | undefined, error?: unknown, tags: Record<string, string> = {}): void {
    const { clock, id, beganAt, wallMs, onSpan } = this.#trace
    const fault = error ?? answer?.cause
    onSpan({
      traceId: id,
      spanId: this.id,
      parentId: this.#parent?.id,
      name: this.#name,
      startMs: wallMs + this.#startedAt - beganAt,
      durationMs: clock.now() - this.#startedAt,
      tags: fault === undefined ? tags : { ...tags, error: reasonOf(fault) },
      hasFailed: fault !== undefined,
    })
  }
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault)
}

function hexDigits(random: Random, groups: number): string {
  let text = ''
  for (let i = 0; i < groups; i++) text += random.uint16().toString(16).padStart(4, '0')
  return text
}
