/** Asks whether anybody answers DNS at an address, the way that clients on this node ask. */

import type { Clock, Network } from '@fingerpost/sdk'

/** How long an answer may take, on the same machine and without any upstream. */
export const PROBE_TIMEOUT_MS = 300

export interface ProbeParts {
  readonly clock: Clock
  readonly network: Pick<Network, 'dialUdp'>
}

/**
 * Whether a query over UDP is answered, whatever the answer says. Nothing but the server can be to
 * blame for silence: it refuses the class ANY (RFC 1035 section 3.2.5) without asking anybody.
 * Never rejects.
 */
export async function answers(
  { clock, network }: ProbeParts,
  address: string,
  port: number,
  query: Uint8Array = QUERY,
): Promise<boolean> {
  let settle: (isAnswered: boolean) => void = () => {}
  const outcome = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  const timer = clock.after(PROBE_TIMEOUT_MS, () => settle(false))
  const handlers = {
    onMessage: (bytes: Uint8Array) => {
      if (bytes[0] === query[0] && bytes[1] === query[1]) settle(true)
    },
    onError: () => settle(false),
  }
  try {
    const socket = await network.dialUdp({ address, port }, handlers)
    socket.send(query.slice())
    const isAnswered = await outcome
    socket.close()
    return isAnswered
  } catch {
    return false
  } finally {
    timer.cancel()
  }
}

/** `. NS` of the class ANY, with an id that is no number somebody might answer with by accident. */
const QUERY = Uint8Array.of(0x66, 0x70, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 255)
