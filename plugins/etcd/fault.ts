/** What etcd says instead of an answer. Codes are those of gRPC. */

import { DnsError } from '@fingerpost/sdk'
import type { Answer } from './member.ts'

const UNAUTHENTICATED = 16

/** Words of a server in a message. */
const MAX_WORDS = 200

/** The error for an answer other than 200. */
export function faultOf(who: string, answer: Answer): DnsError {
  const { status } = answer
  const { message } = reasonOf(answer)
  if (message !== '') {
    const code = status >= 500 ? 'upstream-unreachable' : 'server-failure'
    return new DnsError(code, `${who}: ${message}`)
  }
  const hint = status === 404 ? ': this is no etcd 3.4 or later with its JSON gateway on' : ''
  return new DnsError('upstream-malformed', `${who}: HTTP status ${status}${hint}`)
}

/** Whether another server may do better. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof DnsError)) return false
  return error.code.startsWith('upstream-') || error.code === 'too-many-queries'
}

/** Whether the token is missing, unknown, or older than the users are. */
export function isAboutToken(answer: Answer): boolean {
  if (answer.status === 200) return false
  const { code, message } = reasonOf(answer)
  return (
    code === UNAUTHENTICATED ||
    /user name is empty|auth store is old|is in header is old/.test(message)
  )
}

/** Whether etcd has no users at all, so that a password is not needed. */
export function isAuthOff(answer: Answer): boolean {
  return answer.status !== 200 && reasonOf(answer).message.includes('authentication is not enabled')
}

function reasonOf({ body }: Answer): { code: number; message: string } {
  const { code, message, error } = (body ?? {}) as Record<string, unknown>
  const said = typeof message === 'string' ? message : typeof error === 'string' ? error : ''
  return { code: typeof code === 'number' ? code : 0, message: said.slice(0, MAX_WORDS) }
}
