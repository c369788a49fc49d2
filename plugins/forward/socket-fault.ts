/** Faults of sockets, told in the words in which Go's net package tells them. */

import { DnsError, formatAddressWithPort } from '@fingerpost/sdk'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ENOBUFS: 'no buffer space available',
  EPERM: 'operation not permitted',
  EACCES: 'permission denied',
  EPIPE: 'broken pipe',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EMFILE: 'too many open files',
}

/** The near end of a socket, as far as the runtime tells it. */
export interface NearEnd {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** The far end of a socket, and the address that the near end was told to have. */
export interface Ends {
  readonly network: 'udp' | 'tcp'
  readonly address: string
  readonly port: number
  readonly localAddress?: string | undefined
}

/** `read udp 192.0.2.7:40000->192.0.2.1:53: i/o timeout` */
export function readTimeout(ends: Ends, near?: NearEnd): DnsError {
  return new DnsError('upstream-timeout', `read ${both(ends, near)}: i/o timeout`)
}

/** `dial tcp 192.0.2.1:53: i/o timeout` */
export function dialTimeout(ends: Ends): DnsError {
  return new DnsError('upstream-timeout', `dial ${ends.network} ${remote(ends)}: i/o timeout`)
}

/** `dial tcp 192.0.2.1:53: connect: connection refused` */
export function dialFault(ends: Ends, cause: unknown): DnsError {
  if (codeOf(cause) === 'ETIMEDOUT') return dialTimeout(ends)
  // What is no error of the system comes from TLS.
  const step = codeOf(cause) in reasons ? 'connect: ' : ''
  const text = `dial ${ends.network} ${remote(ends)}: ${step}${reasonOf(cause)}`
  return new DnsError('upstream-unreachable', text, { cause })
}

/** `read udp 192.0.2.7:40000->192.0.2.1:53: read: connection refused`; `EOF` without a cause. */
export function readFault(ends: Ends, near?: NearEnd, cause?: unknown): DnsError {
  if (cause === undefined) return new DnsError('upstream-unreachable', 'EOF')
  const text = `read ${both(ends, near)}: read: ${reasonOf(cause)}`
  return new DnsError('upstream-unreachable', text, { cause })
}

/** The system took no more datagrams. */
export function writeFault(ends: Ends, near?: NearEnd): DnsError {
  const text = `write ${both(ends, near)}: ${reasons.ENOBUFS}`
  return new DnsError('upstream-unreachable', text)
}

/** A limit of ours: no more queries are put on the way to one upstream. */
export function tooMany({ address, port }: Ends, limit: number): DnsError {
  const text = `more than ${limit} queries wait for ${formatAddressWithPort({ host: address, port })}`
  return new DnsError('too-many-queries', text)
}

/** What queries get that are still on the way when their upstream is given up. */
export function closedFault(): DnsError {
  return new DnsError('query-cancelled', 'use of closed network connection')
}

function both(ends: Ends, near: NearEnd | undefined): string {
  const anyAddress = ends.address.includes(':') ? '::' : '0.0.0.0'
  const host = near?.localAddress ?? ends.localAddress ?? anyAddress
  const local = formatAddressWithPort({ host, port: near?.localPort ?? 0 })
  return `${ends.network} ${local}->${remote(ends)}`
}

function remote({ address, port }: Ends): string {
  return formatAddressWithPort({ host: address, port })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

function reasonOf(cause: unknown): string {
  return reasons[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause))
}
