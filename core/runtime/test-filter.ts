/** Runs a packet filter as the kernel does, as far as ours go (linux/filter.h, bpf(4)). */

/** What a program may see besides the datagram. */
export interface FilterSurroundings {
  readonly ipHeader?: Uint8Array
  /** What it draws, 0 to 2 ** 32 - 1. */
  readonly random?: number
}

/** What the program returns for a datagram. @throws RangeError for what it must not contain */
export function runFilter(
  program: Uint8Array,
  datagram: Uint8Array,
  { ipHeader = new Uint8Array(0), random = 0 }: FilterSurroundings = {},
): number {
  const view = new DataView(program.buffer, program.byteOffset, program.length)
  const memory = new Uint32Array(16)
  let [a, x] = [0, 0]
  for (let at = 0; at < program.length; at += 8) {
    const code = view.getUint16(at, true)
    const k = view.getUint32(at + 4, true)
    const jump = (condition: boolean): void => {
      at += 8 * view.getUint8(at + (condition ? 2 : 3))
    }
    const load = (offset: number, size: 1 | 2 | 4): boolean => {
      const isInHeader = offset >= IP_HEADER
      const bytes = isInHeader ? ipHeader : datagram
      const from = isInHeader ? offset - IP_HEADER : offset
      if (from + size > bytes.length) return false
      a = bytes.subarray(from, from + size).reduce((sum, octet) => sum * 256 + octet, 0)
      return true
    }
    if (code === 0x20 && k === RANDOM) a = random
    else if (code === 0x20 && !load(k, 4)) return 0
    else if (code === 0x28 && !load(k, 2)) return 0
    else if (code === 0x30 && !load(k, 1)) return 0
    else if (code === 0x48 && !load(x + k, 2)) return 0
    else if (code === 0x50 && !load(x + k, 1)) return 0
    else if (code === 0x00) a = k
    else if (code === 0x01) x = k
    else if (code === 0x60) a = memory[k] ?? 0
    else if (code === 0x61) x = memory[k] ?? 0
    else if (code === 0x02) memory[k] = a
    else if (code === 0x03) memory[k] = x
    else if (code === 0x07) x = a
    else if (code === 0x04) a = (a + k) >>> 0
    else if (code === 0x0c) a = (a + x) >>> 0
    else if (code === 0x24) a = Math.imul(a, k) >>> 0
    else if (code === 0x54) a = (a & k) >>> 0
    else if (code === 0xac) a = (a ^ x) >>> 0
    else if (code === 0x74) a >>>= k
    else if (code === 0x94) a %= k
    else if (code === 0x15) jump(a === k)
    else if (code === 0x2d) jump(a > x)
    else if (code === 0x35) jump(a >= k)
    else if (code === 0x16) return a
    else if (code === 0x06) return k
    else if (![0x20, 0x28, 0x30, 0x48, 0x50].includes(code)) throw new RangeError(`code ${code}`)
  }
  throw new RangeError('no end')
}

/** SKF_AD_OFF + SKF_AD_RANDOM, and SKF_NET_OFF. */
const RANDOM = (-0x1000 + 56) >>> 0
const IP_HEADER = -0x100000 >>> 0
