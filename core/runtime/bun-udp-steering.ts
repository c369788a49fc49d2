/** Has the kernel choose between the sockets of one address and port by the question. Linux. */

import { openLibc, SOL_SOCKET } from './bun-libc.ts'
import { steeringProgram } from './question-steering.ts'

const SO_ATTACH_REUSEPORT_CBPF = 51
const SO_DETACH_REUSEPORT_BPF = 68

/** What a client does not know, so that it can't ask one process alone. */
const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number

/**
 * Spreads names over `socketCount` sockets that share the port of `fd`, in the order in which they
 * were bound; with 1 the kernel spreads clients again. While there are fewer sockets, it does so for
 * what would go to those that are missing.
 */
export async function steer(fd: number, socketCount: number): Promise<void> {
  const libc = await openLibc()
  if (libc === undefined) return
  if (socketCount === 1) {
    const none = Int32Array.of(0)
    // Fails where there is no program.
    libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, libc.ptr(none), none.byteLength)
    return
  }
  libc.attach(fd, SO_ATTACH_REUSEPORT_CBPF, steeringProgram(socketCount, seed))
}
