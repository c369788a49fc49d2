/** Opens the sockets of a worker: UDP alone, at the places that it shares with the first process. */

import { openUdp, type UdpListener } from '../listen/udp.ts'
import type { PlaceEvents } from '../process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { OpenPlace, OpenSockets } from '../sockets.ts'
import type { WorkerPlace } from './protocol.ts'

export class SharedPlaces {
  readonly #runtime: Runtime
  readonly #events: PlaceEvents
  #ports: ReadonlyMap<string, number> = new Map()

  constructor(runtime: Runtime, events: PlaceEvents) {
    this.#runtime = runtime
    this.#events = events
  }

  /** Shares these from now on; places that are open stay so until the pool closes them. */
  share(places: readonly WorkerPlace[]): void {
    this.#ports = new Map(places.map(({ label, port }) => [label, port]))
  }

  readonly open: OpenSockets = async ({ label, address }, listener, serve) => {
    const { onFault, onShed } = this.#events
    const port = this.#ports.get(label)
    if (port === undefined) return nowhere
    const udp = await openUdp(
      this.#runtime,
      {
        address,
        port,
        listener: listener('udp', port),
        isShared: true,
        onFault: (error) => onFault(label, error),
        onShed: (count, heaviest) => onShed(label, count, heaviest),
      },
      serve,
    )
    return new SharedPlace(udp)
  }
}

/** A place that others answer at. */
const nowhere: OpenPlace = {
  listeners: [],
  serve: () => undefined,
  configure() {},
  async setSockets() {},
  async stopReceiving() {},
  async close() {},
}

class SharedPlace implements OpenPlace {
  readonly listeners: OpenPlace['listeners']
  readonly #udp: UdpListener

  constructor(udp: UdpListener) {
    this.#udp = udp
    this.listeners = [udp.listener]
  }

  get serve(): OpenPlace['serve'] {
    return this.#udp.serve
  }

  set serve(serve: OpenPlace['serve']) {
    this.#udp.serve = serve
  }

  configure(): void {}

  /** The first process has the others. */
  async setSockets(): Promise<void> {}

  stopReceiving(): Promise<void> {
    return this.#udp.stopReceiving()
  }

  close(): Promise<void> {
    return this.#udp.close()
  }
}
