/**
 * Programs that the kernel runs for each datagram: classic BPF, as linux/filter.h has it. Written as
 * lists of instructions with names for places to jump to; a jump goes forward, by at most 255.
 */

/** One instruction; `label` names its place. */
export interface Instruction {
  readonly code: number
  readonly k: number
  /** Where to go when a comparison holds, or does not; the next instruction where not said. */
  readonly ifTrue?: string
  readonly ifFalse?: string
  readonly label?: string
}

/** Makes instructions. A is the accumulator, X the index, `m` one of 16 cells of memory. */
export const bpf = {
  /** A = the 32, 16 or 8 bits at `offset`; the program ends with 0 where there are none. */
  loadWord: (offset: number) => ({ code: 0x20, k: offset }),
  loadHalf: (offset: number) => ({ code: 0x28, k: offset }),
  loadByte: (offset: number) => ({ code: 0x30, k: offset }),
  /** The same at X + `offset`. */
  loadHalfAtX: (offset: number) => ({ code: 0x48, k: offset }),
  loadByteAtX: (offset: number) => ({ code: 0x50, k: offset }),
  setA: (k: number) => ({ code: 0x00, k }),
  setX: (k: number) => ({ code: 0x01, k }),
  loadA: (m: number) => ({ code: 0x60, k: m }),
  loadX: (m: number) => ({ code: 0x61, k: m }),
  storeA: (m: number) => ({ code: 0x02, k: m }),
  storeX: (m: number) => ({ code: 0x03, k: m }),
  copyAToX: () => ({ code: 0x07, k: 0 }),
  add: (k: number) => ({ code: 0x04, k }),
  addX: () => ({ code: 0x0c, k: 0 }),
  multiply: (k: number) => ({ code: 0x24, k }),
  and: (k: number) => ({ code: 0x54, k }),
  xorX: () => ({ code: 0xac, k: 0 }),
  shiftRight: (k: number) => ({ code: 0x74, k }),
  modulo: (k: number) => ({ code: 0x94, k }),
  ifEqual: (k: number, ifTrue?: string, ifFalse?: string) => jump(0x15, k, ifTrue, ifFalse),
  ifAtLeast: (k: number, ifTrue?: string, ifFalse?: string) => jump(0x35, k, ifTrue, ifFalse),
  ifGreaterThanX: (ifTrue?: string, ifFalse?: string) => jump(0x2d, 0, ifTrue, ifFalse),
  returnA: () => ({ code: 0x16, k: 0 }),
  return: (k: number) => ({ code: 0x06, k }),
} as const satisfies Record<string, (...args: never[]) => Instruction>

/** Names the place of an instruction. */
export function at(label: string, instruction: Instruction): Instruction {
  return { ...instruction, label }
}

const INSTRUCTION_SIZE = 8
const MAX_JUMP = 255

/**
 * The program as the kernel takes it, in the machine's order of octets.
 * @throws RangeError for a jump that goes nowhere, back or too far
 */
export function assemble(program: readonly Instruction[]): Uint8Array {
  const places = new Map(program.map(({ label }, place) => [label, place]))
  const bytes = new Uint8Array(program.length * INSTRUCTION_SIZE)
  const [halves, words] = [new Uint16Array(bytes.buffer), new Uint32Array(bytes.buffer)]
  for (const [place, { code, k, ifTrue, ifFalse }] of program.entries()) {
    const distance = (label: string | undefined): number => {
      if (label === undefined) return 0
      const result = (places.get(label) ?? Number.NaN) - place - 1
      if (result >= 0 && result <= MAX_JUMP) return result
      throw new RangeError(`no jump from ${place} to ${label}`)
    }
    halves[place * 4] = code
    bytes[place * INSTRUCTION_SIZE + 2] = distance(ifTrue)
    bytes[place * INSTRUCTION_SIZE + 3] = distance(ifFalse)
    words[place * 2 + 1] = k
  }
  return bytes
}

function jump(code: number, k: number, ifTrue?: string, ifFalse?: string): Instruction {
  return {
    code,
    k,
    ...(ifTrue === undefined ? {} : { ifTrue }),
    ...(ifFalse === undefined ? {} : { ifFalse }),
  }
}
