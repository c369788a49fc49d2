/**
 * Reads keys of an etcd cluster by the JSON gateway of its API v3 (etcd 3.4 and later), from the
 * first of its servers that answers.
 */

import type { Host, TlsOptions } from '@fingerpost/sdk'
import type { Endpoint } from './endpoint.ts'
import { faultOf, isAboutToken, isUnavailable } from './fault.ts'
import { type Answer, Member } from './member.ts'
import { below, exactly, objectOf, type Range, readRange, readRanges } from './range.ts'
import { type Credentials, Session } from './session.ts'

export interface ClientOptions {
  readonly endpoints: readonly Endpoint[]
  readonly credentials: Credentials | undefined
  /** Undefined where no file is named. */
  readonly tls: (() => Promise<TlsOptions>) | undefined
}

/** For one question, all servers together. */
const TOTAL_MS = 5000
/** For one server, if there are more. */
const SERVER_MS = 2000

export class Client {
  readonly #host: Host
  readonly #members: readonly Member[]
  readonly #session: Session | undefined
  /** The server that answered last. */
  #preferred = 0

  constructor(host: Host, { endpoints, credentials, tls }: ClientOptions) {
    this.#host = host
    this.#members = endpoints.map((endpoint) => {
      const isSecure = endpoint.isSecure ?? tls !== undefined
      return new Member(host, endpoint, isSecure ? (tls ?? systemAuthorities) : undefined)
    })
    this.#session = credentials && new Session(host.clock, credentials)
  }

  /** What is below a key, or else the key itself, both as of one moment. */
  async read(key: string): Promise<Range> {
    const operations = [below(key), exactly(key || '/')]
    const success = operations.map((range) => ({ request_range: range }))
    const [under, itself] = readRanges(await this.#ask('/v3/kv/txn', { success }))
    if (under !== undefined && under.items.length > 0) return under
    return itself ?? { items: [], isCut: false }
  }

  /** The key itself. */
  async get(key: string): Promise<Range> {
    return readRange(await this.#ask('/v3/kv/range', exactly(key || '/')))
  }

  /** Seconds that a lease has left; undefined when it has ended. */
  async leaseSeconds(lease: string): Promise<number | undefined> {
    const answer = objectOf(await this.#ask('/v3/lease/timetolive', { ID: lease }))
    const seconds = Number(answer.TTL ?? 0)
    return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined
  }

  close(): void {
    for (const member of this.#members) member.close()
  }

  async #ask(path: string, body: object): Promise<unknown> {
    const { clock } = this.#host
    const count = this.#members.length
    const start = this.#preferred
    const endMs = clock.now() + TOTAL_MS
    let fault: unknown
    for (let i = 0; i < count && clock.now() < endMs; i++) {
      const index = (start + i) % count
      const member = this.#members[index] as Member
      const ownMs = count === 1 ? TOTAL_MS : SERVER_MS
      try {
        const { status, body: found } = await this.#askMember(
          member,
          path,
          body,
          Math.min(endMs, clock.now() + ownMs),
        )
        this.#preferred = index
        if (status === 200) return found
        throw faultOf(member.url, { status, body: found })
      } catch (error) {
        if (!isUnavailable(error)) throw error
        fault = error
      }
    }
    throw fault
  }

  async #askMember(member: Member, path: string, body: object, endMs: number): Promise<Answer> {
    const token = await this.#session?.token(member, endMs)
    const answer = await member.post(path, body, token, endMs)
    if (this.#session === undefined || !isAboutToken(answer)) return answer
    // Tokens end: by age, when etcd starts again, when users change.
    this.#session.forget(token)
    return member.post(path, body, await this.#session.token(member, endMs), endMs)
  }
}

const systemAuthorities = async (): Promise<TlsOptions> => ({})
