/** The shape of recorded suites, and loading them from `<group>/<name>.json` with strict checks. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Carrier } from './carrier.ts'
import type { KubeChange, KubeFixture } from './kube-api.ts'
import type { Flag, Opt } from './message.ts'
import type { UpstreamScript } from './upstream.ts'

/** One recorded suite: a Corefile with its surroundings, and steps performed in order. */
export interface Suite {
  /** `group/name`, from the path. */
  readonly id: string
  readonly group: string
  readonly description: string
  readonly corefile: Lines
  /** Other files of the scratch directory, by path. */
  readonly files: Readonly<Record<string, Lines>>
  readonly upstreams: Readonly<Record<string, UpstreamScript>>
  /** Set when the suite needs a cluster's API. */
  readonly kubernetes?: KubeFixture
  /** Whether that API answers from the start on; true by default. */
  readonly apiAvailable?: boolean
  /** Seconds by which TTLs may differ. */
  readonly ttl: number
  /** Harmless differences, `name: reason`. */
  readonly tolerate: readonly string[]
  readonly mask: readonly Mask[]
  /** Where to poll for the start, if not on 127.0.0.1. */
  readonly ready: { readonly host?: string }
  readonly steps: readonly Step[]
  /** What carries all queries, if not what each step says; no file sets it. */
  readonly carrier?: Carrier
}

/** Text as a string or as a list of lines. */
export type Lines = string | readonly string[]

/** Something in replies that is different at every run. */
export type Mask = 'client-port' | 'host-address' | 'soa-serial'

/** One step, told apart by `kind`, the name of its main key in the file. */
export type Step =
  | Ask
  | ({ readonly kind: 'pipeline'; readonly pipeline: readonly Ask[] } & Transport)
  | { readonly kind: 'together'; readonly together: readonly Ask[]; readonly staggerMs?: number }
  | Spread
  | Count
  | Http
  | { readonly kind: 'wait'; readonly wait: number }
  | { readonly kind: 'write'; readonly write: Readonly<Record<string, Lines>> }
  | { readonly kind: 'remove'; readonly remove: string }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'upstream'; readonly upstream: string; readonly change: UpstreamScript }
  | { readonly kind: 'kubernetes'; readonly kubernetes: KubeChange }
  | Skipped

/** Where and how queries are sent. */
export interface Transport {
  readonly tcp?: boolean
  readonly from?: string
  readonly to?: string
  readonly port?: string
  /** Writes every TCP message in three pieces with pauses. */
  readonly split?: boolean
  /** How long to wait for replies, in milliseconds. */
  readonly timeout?: number
}

/** A query in words (`q`: `name TYPE [CLASS]`) or in octets (`raw`: hex). */
export interface Query extends Transport {
  readonly q?: string
  readonly raw?: string
  readonly flags?: readonly Flag[]
  readonly opcode?: string
  readonly edns?: Partial<Opt>
  readonly answer?: readonly string[]
  /** The order of the reply's records counts. */
  readonly order?: 'exact'
}

/** A query and its reply. */
export interface Ask extends Query {
  readonly kind: 'ask'
  /** The reply must not take longer. */
  readonly maxMs?: number
  /** Asks again for so many milliseconds until the reply fits. */
  readonly within?: number
  readonly tolerate?: readonly string[]
  readonly expect: Reply
}

/** Asks often; the set of first answers is compared. */
export interface Spread {
  readonly kind: 'spread'
  readonly spread: Query
  readonly times: number
  readonly expect: { readonly firsts: readonly string[] }
}

/** Compares how many queries an upstream saw since the last count. */
export interface Count {
  readonly kind: 'count'
  readonly count: string
  /** Compares the total instead of the counts by transport. */
  readonly sum?: boolean
  readonly expect: Readonly<Record<string, number>>
}

/** Fetches a URL; `pick` keeps the lines of the body that match one of the patterns. */
export interface Http {
  readonly kind: 'http'
  readonly http: string
  readonly pick?: readonly string[]
  readonly expect: Readonly<Record<string, unknown>>
}

/** A step whose cases aren't compared; in no file, but made of another step. */
export interface Skipped {
  readonly kind: 'skipped'
  readonly skipped: Exclude<Step, Skipped>
  readonly reason: string
  /** It is performed nevertheless, for what comes after it. */
  readonly isPerformed: boolean
}

/** A reply as recorded, or the silence instead of one. */
export type Reply = ReplyFields | Silence

/** No reply within the time, or a connection closed without one. */
export interface Silence {
  readonly silence: true
  readonly closed?: boolean
}

/** A reply's parts; records are text, a section that is absent is empty. */
export interface ReplyFields {
  readonly rcode: string
  readonly flags: string
  readonly opcode?: string
  readonly id?: string
  /** Only when it isn't an exact echo of the query's. */
  readonly question?: string
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  readonly opt?: Pick<Opt, 'size'> & Partial<Opt>
  readonly size: number
}

/** Loads the suites under a directory whose `group/name` matches a glob of `*` and `?`. */
export function loadSuites(directory: string, only = '*'): Suite[] {
  const pattern = globPattern(only)
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .map((path) => path.slice(0, -'.json'.length).replaceAll(sep, '/'))
    .filter((id) => pattern.test(id))
    .sort()
    .map((id) => parseSuite(id, readFileSync(join(directory, `${id}.json`), 'utf8')))
}

/** Parses one suite; throws an Error that names the key which isn't understood. */
export function parseSuite(id: string, json: string): Suite {
  const { steps, ...rest } = JSON.parse(json)
  checkKeys(id, rest, suiteKeys)
  return {
    ...{ files: {}, upstreams: {}, ttl: 0, tolerate: [], mask: [], ready: {} },
    ...rest,
    id,
    group: id.slice(0, id.indexOf('/')),
    steps: steps.map((step: object, i: number) => parseStep(`${id} step ${i + 1}`, step)),
  }
}

/** Tells whether a text matches a glob in which `*` and `?` also match slashes. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

const suiteKeys = [
  ...['description', 'corefile', 'files', 'upstreams', 'kubernetes', 'apiAvailable'],
  ...['ttl', 'tolerate', 'mask', 'ready'],
]
const transportKeys = ['tcp', 'from', 'to', 'port', 'split', 'timeout']
const queryKeys = [...transportKeys, ...['q', 'raw', 'flags', 'opcode', 'edns', 'answer', 'order']]
const askKeys = [...queryKeys, 'maxMs', 'within', 'tolerate', 'expect']
/** The main key of every kind of step, with the other keys it may have. */
const stepKeys: Readonly<Record<Exclude<Step['kind'], 'ask' | 'skipped'>, readonly string[]>> = {
  pipeline: transportKeys,
  together: ['staggerMs'],
  spread: ['times', 'expect'],
  count: ['sum', 'expect'],
  http: ['pick', 'expect'],
  wait: [],
  write: [],
  remove: [],
  signal: [],
  upstream: ['change'],
  kubernetes: [],
}

function parseStep(where: string, step: object): Step {
  if ('q' in step || 'raw' in step) return parseAsk(where, step)
  const kinds = Object.keys(stepKeys).filter((kind) => kind in step) as (keyof typeof stepKeys)[]
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) throw new Error(`${where}: not one kind of step`)
  checkKeys(where, step, [kind, ...stepKeys[kind]])
  if (stepKeys[kind].includes('expect') && !('expect' in step)) {
    throw new Error(`${where}: expects nothing`)
  }
  // The keys are checked: from here on the file's shape is taken for the type's.
  const parsed = { kind, ...step } as Exclude<Step, Ask | Skipped>
  switch (parsed.kind) {
    case 'pipeline':
      return { ...parsed, pipeline: parsed.pipeline.map((ask) => parseAsk(where, ask)) }
    case 'together':
      return { ...parsed, together: parsed.together.map((ask) => parseAsk(where, ask)) }
    case 'spread':
      checkKeys(where, parsed.spread, queryKeys)
      return parsed
    default:
      return parsed
  }
}

function parseAsk(where: string, step: object): Ask {
  checkKeys(where, step, askKeys)
  if (!('expect' in step)) throw new Error(`${where}: expects nothing`)
  if ('q' in step === 'raw' in step) throw new Error(`${where}: needs either q or raw`)
  return { kind: 'ask', ...step } as unknown as Ask
}

function checkKeys(where: string, object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`${where}: unknown ${unknown.join(', ')}`)
}
