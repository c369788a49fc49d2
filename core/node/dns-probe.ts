/** Asks whether a DNS server answers at an address, whatever it says. */

import type { Clock, Network } from '@fingerpost/sdk'

/** How long an answer may take, on the same machine. */
const TIMEOUT_MS = 500
const ATTEMPTS = 2

/** Whether there is an answer to `. NS` over UDP. Never rejects. */
export async function answersDns(
  { network, clock }: { readonly network: Network; readonly clock: Clock },
  address: string,
  port = 53,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await askOnce(network, clock, address, port)) return true
  }
  return false
}

async function askOnce(
  network: Network,
  clock: Clock,
  address: string,
  port: number,
): Promise<boolean> {
  let settle: (isAnswered: boolean) => void = () => {}
  const answered = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  const timer = clock.after(TIMEOUT_MS, () => settle(false))
  try {
    const socket = await network.dialUdp(
      { address, port },
      { onMessage: () => settle(true), onError: () => settle(false) },
    )
    socket.send(PROBE.slice())
    const isAnswered = await answered
    socket.close()
    return isAnswered
  } catch {
    return false
  } finally {
    timer.cancel()
  }
}

/** `. NS`, with RD. */
const PROBE = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1)
