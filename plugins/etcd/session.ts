/** The token that etcd gives for a user and a password. */

import type { Clock, DnsError } from '@fingerpost/sdk'
import { faultOf, isAuthOff, isUnavailable } from './fault.ts'
import type { Member } from './member.ts'
import { objectOf } from './range.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** etcd hashes passwords at some cost: wrong ones are not shown again sooner. */
const RETRY_MS = 5000

export class Session {
  readonly #clock: Clock
  readonly #credentials: Credentials
  /** Its token is undefined where etcd wants none. */
  #known: { readonly token: string | undefined } | undefined
  #asked: Promise<string | undefined> | undefined
  #refused: { readonly fault: DnsError; readonly untilMs: number } | undefined

  constructor(clock: Clock, credentials: Credentials) {
    this.#clock = clock
    this.#credentials = credentials
  }

  /**
   * The token, asked for where there is none.
   * @throws DnsError (rejects) when etcd refuses, or doesn't answer
   */
  async token(member: Member, endMs: number): Promise<string | undefined> {
    if (this.#refused !== undefined) {
      if (this.#clock.now() < this.#refused.untilMs) throw this.#refused.fault
      this.#refused = undefined
    }
    if (this.#known !== undefined) return this.#known.token
    this.#asked ??= this.#authenticate(member, endMs).finally(() => {
      this.#asked = undefined
    })
    return this.#asked
  }

  /** Says that a token is of no use any more; one that came since is kept. */
  forget(token: string | undefined): void {
    if (this.#known?.token === token) this.#known = undefined
  }

  async #authenticate(member: Member, endMs: number): Promise<string | undefined> {
    const { user, password } = this.#credentials
    const answer = await member.post(
      '/v3/auth/authenticate',
      { name: user, password },
      undefined,
      endMs,
    )
    if (isAuthOff(answer)) {
      this.#known = { token: undefined }
      return undefined
    }
    const token = answer.status === 200 ? objectOf(answer.body).token : undefined
    if (typeof token === 'string' && token !== '') {
      this.#known = { token }
      return token
    }
    const fault = faultOf(`${member.url}: user ${user}`, answer)
    if (!isUnavailable(fault)) {
      this.#refused = { fault, untilMs: this.#clock.now() + RETRY_MS }
    }
    throw fault
  }
}
