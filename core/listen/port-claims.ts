/**
 * Which addresses listeners of this process hold. Sockets of one process may share a port (a
 * reload opens `127.0.0.1:53` while `:53` still serves), so the system no longer says when an
 * address is taken twice: this does.
 */

import { ListenError } from './listen-error.ts'
import { isWildcard } from './serve.ts'

/** One listener's hold on an address and port. */
export interface PortClaim {
  /** As bound; any wildcard address stands for all. */
  readonly address: string
  readonly port: number
  /** A listener on a wildcard address hears that others took or gave back an address. */
  readonly onChange?: () => void
}

/** Claims of all listeners of the process for one protocol. */
export class PortClaims {
  #protocol: 'udp' | 'tcp'
  #claims = new Set<PortClaim>()

  constructor(protocol: 'udp' | 'tcp') {
    this.#protocol = protocol
  }

  /** @throws {@link ListenError} when another listener has that very address */
  check(address: string, port: number): void {
    if (!this.holds(address, port)) return
    const cause = Object.assign(new Error('held by this process'), { code: 'EADDRINUSE' })
    throw new ListenError(this.#protocol, address, port, cause)
  }

  /** @throws as {@link check} does */
  add(claim: PortClaim): void {
    this.check(claim.address, claim.port)
    this.#claims.add(claim)
    this.#announce(claim)
  }

  remove(claim: PortClaim): void {
    if (this.#claims.delete(claim)) this.#announce(claim)
  }

  /** Whether a listener of this process has the port on any address. */
  holdsPort(port: number): boolean {
    for (const claim of this.#claims) if (claim.port === port) return true
    return false
  }

  /** Whether a listener of this process was opened for that address. */
  holds(address: string, port: number): boolean {
    for (const claim of this.#claims) {
      if (claim.port !== port) continue
      if (claim.address === address || (isWildcard(claim.address) && isWildcard(address)))
        return true
    }
    return false
  }

  #announce(changed: PortClaim): void {
    for (const claim of this.#claims) {
      if (claim !== changed && claim.port === changed.port) claim.onChange?.()
    }
  }
}
