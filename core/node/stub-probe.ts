/** Asks whether the stub of systemd-resolved is there, and not somewhere else on the machine. */

import { answers, type ProbeParts } from './net/probe.ts'

const ATTEMPTS = 2
const PORT = 53

/** Whether a query is answered that a stub resolver needs nobody else for. Never rejects. */
export async function stubAnswers(parts: ProbeParts, address: string): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await answers(parts, address, PORT, LOCALHOST)) return true
  }
  return false
}

/** `localhost. A`, with RD (RFC 6761 section 6.3). */
const HEADER = Uint8Array.of(0x66, 0x71, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
const NAME = Uint8Array.of(9, ...new TextEncoder().encode('localhost'), 0)
const LOCALHOST = Uint8Array.of(...HEADER, ...NAME, 0, 1, 0, 1)
