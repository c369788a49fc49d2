/** The few functions of the C library that Bun has no words for. Linux with glibc. */

import type { Pointer } from 'bun:ffi'
import process from 'node:process'

export const SOL_SOCKET = 1

/** Calls into the library; addresses come from `ptr`. */
export type Libc = Awaited<ReturnType<typeof load>>

/** Opens the library, once; undefined where there is none of that name (other systems, musl). */
export function openLibc(): Promise<Libc | undefined> {
  opened ??= process.platform === 'linux' ? load().catch(() => undefined) : nothing
  return opened
}

let opened: Promise<Libc | undefined> | undefined
const nothing = Promise.resolve(undefined)

async function load() {
  const { dlopen, FFIType, ptr, read, toArrayBuffer } = await importFfi()
  const { i32, u32, u64, i64_fast } = FFIType
  const { symbols } = dlopen('libc.so.6', {
    setsockopt: { args: [i32, i32, i32, FFIType.ptr, u32], returns: i32 },
    getsockopt: { args: [i32, i32, i32, FFIType.ptr, FFIType.ptr], returns: i32 },
    recvmmsg: { args: [i32, FFIType.ptr, u32, i32, FFIType.ptr], returns: i32 },
    sendmmsg: { args: [i32, FFIType.ptr, u32, i32], returns: i32 },
    connect: { args: [i32, FFIType.ptr, u32], returns: i32 },
    __errno_location: { args: [], returns: FFIType.ptr },
    mmap: { args: [u64, u64, i32, i32, i32, u64], returns: FFIType.ptr },
    syscall: { args: [i64_fast, i64_fast, FFIType.ptr, i64_fast, i64_fast], returns: i64_fast },
    madvise: { args: [u64, u64, i32], returns: i32 },
  })
  /** Gives a socket a program; see packet-filter.ts. False where the system won't have it. */
  const attach = (fd: number, option: number, code: Uint8Array): boolean => {
    // struct sock_fprog: how many instructions, and where they are.
    const program = BigUint64Array.of(BigInt(code.length / 8), BigInt(ptr(code)))
    const result = symbols.setsockopt(fd, SOL_SOCKET, option, ptr(program), program.byteLength)
    // The octets have to be there until now.
    return result === 0 && code.length > 0
  }
  const errorAt = symbols.__errno_location() ?? fail()
  /** Why the last call failed. */
  const lastError = (): number => read.i32(errorAt)
  /** Memory that takes none before it is written to, and is never given back; undefined for none. */
  const reserve = (bytes: number): Pointer | undefined => {
    const at = symbols.mmap(0, bytes, PROT_READ_WRITE, MAP_ANONYMOUS_UNRESERVED, -1, 0)
    if (typeof at !== 'number' || at < 0 || at > MAX_ADDRESS) return undefined
    // The system would give it whole huge pages.
    symbols.madvise(at, bytes, MADV_NOHUGEPAGE)
    return at
  }
  return { ...symbols, ptr, attach, lastError, reserve, toArrayBuffer }
}

const PROT_READ_WRITE = 3
/** Private, anonymous, without a reserve of swap. */
const MAP_ANONYMOUS_UNRESERVED = 0x4022
const MADV_NOHUGEPAGE = 15
/** The call fails with -1 as an address. */
const MAX_ADDRESS = 2 ** 48

function fail(): never {
  throw new Error('no errno')
}

async function importFfi(): Promise<typeof import('bun:ffi')> {
  // In a `try`, or the build for Node would look for the module.
  try {
    return await import('bun:ffi')
  } catch (cause) {
    throw new Error('not Bun', { cause })
  }
}
