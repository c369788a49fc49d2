/** A listening socket that could not be opened, in words that name it. */

/** Thrown by `openUdp` and `openTcp`: `listen udp 127.0.0.1:53: address already in use`. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  /** The operating system's code: `EADDRINUSE`, `EACCES`, … */
  readonly code: string
  readonly address: string
  readonly port: number

  constructor(protocol: 'udp' | 'tcp', address: string, port: number, cause: unknown) {
    const code = errorCode(cause)
    const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause))
    super(`listen ${protocol} ${formatSocketAddress(address, port)}: ${reason}`, { cause })
    this.code = code
    this.address = address
    this.port = port
  }
}

/** The operating system's code of an error, empty without one. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** `127.0.0.1:53`, `[::1]:53`, `:53`. */
export function formatSocketAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EAFNOSUPPORT: 'address family not supported by protocol',
  EMFILE: 'too many open files',
  EINVAL: 'invalid argument',
}
