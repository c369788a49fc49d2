/**
 * Makes room for datagrams that arrive while the process is busy: a start or a reload under load
 * takes longer than the system's usual buffer lasts (about 270 small queries).
 */

import process from 'node:process'

/** Room that is asked for; datagrams count with the kernel's own memory, about 800 octets each. */
const RECEIVE_BUFFER_BYTES = 4 << 20

const SOL_SOCKET = 1
const SO_RCVBUF = 8
/** As large as it says, whatever the limit of the system (NET_ADMIN), which a node's server may. */
const SO_RCVBUFFORCE = 33

/** Does what the system lets it do. */
export async function widenReceiveBuffer(fd: number): Promise<void> {
  if (process.platform !== 'linux') return
  try {
    const { dlopen, FFIType, ptr } = await import('bun:ffi')
    const { i32, u32 } = FFIType
    const { symbols } = dlopen('libc.so.6', {
      setsockopt: { args: [i32, i32, i32, FFIType.ptr, u32], returns: i32 },
    })
    const value = Int32Array.of(RECEIVE_BUFFER_BYTES)
    for (const option of [SO_RCVBUF, SO_RCVBUFFORCE]) {
      symbols.setsockopt(fd, SOL_SOCKET, option, ptr(value), value.byteLength)
    }
  } catch {
    // Without libc's name for it (musl) the usual buffer has to do.
  }
}
