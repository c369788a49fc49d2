/**
 * The HTTP side of the process, loaded when somebody wants it: a server without *health*, *ready*,
 * *prometheus* and administration pays nothing for HTTP.
 */

import type { Endpoint } from '@fingerpost/sdk'
import type { EndpointChange, SidecarParts, SidecarServer } from './sidecar-server.ts'

/** Makes the sidecar on first use. */
export class Sidecar {
  readonly #parts: SidecarParts
  #server: Promise<SidecarServer> | undefined

  constructor(parts: SidecarParts) {
    this.#parts = parts
  }

  /** Whether other processes may have the same ports. */
  get sharesPorts(): boolean {
    return this.#parts.sharesPorts ?? false
  }

  /** The server, loaded now if it was not before. */
  get server(): Promise<SidecarServer> {
    this.#server ??= import('./sidecar-server.ts').then(
      (module) => new module.SidecarServer(this.#parts),
    )
    return this.#server
  }

  /** See `SidecarServer.prepare`. */
  async prepare(endpoints: readonly Endpoint[]): Promise<EndpointChange> {
    if (this.#server === undefined && endpoints.length === 0) return noChange
    return (await this.server).prepare(endpoints)
  }

  /** See `SidecarServer.lameduck`. */
  async lameduck(): Promise<void> {
    await (await this.#server)?.lameduck()
  }

  async close(): Promise<void> {
    await (await this.#server)?.close()
  }
}

const noChange: EndpointChange = { commit: async () => {}, abort: async () => {} }
