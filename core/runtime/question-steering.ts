/**
 * The program by which the kernel chooses between sockets that share an address and a port, one of
 * each process: by the name that is asked for, whatever its case, so that each process keeps the
 * answers of its own names and no two ask an upstream the same.
 */

import { Type } from '@fingerpost/sdk'
import { assemble, at, bpf, type Instruction } from './packet-filter.ts'

const QNAME = 12
const FLAGS = 2
const OPCODE_MASK = 0x78
/** Both cases of a letter are one. */
const CASELESS = 0xdfdfdfdf
/** Names with more labels are hashed as far as that. */
const MAX_LABELS = 10
/** Of longer names so many octets count, which are 4 × so many words. */
const MAX_WORDS = 12
const MULTIPLIER = 0x9e3779b1
/** Cells of the program's memory. */
const HASH = 0
const END = 1

/**
 * The program for so many sockets; `seed` is what names are hashed from. What is about the whole
 * server goes to the first socket: other things than queries, transfers, and the question by which
 * *loop* finds out whether it comes back.
 */
export function steeringProgram(socketCount: number, seed: number): Uint8Array {
  return assemble([
    bpf.loadByte(FLAGS),
    bpf.and(OPCODE_MASK),
    bpf.ifEqual(0, undefined, 'first'),
    bpf.setX(QNAME),
    ...Array.from({ length: MAX_LABELS }, skipLabel).flat(),
    bpf.loadByteAtX(0),
    bpf.ifEqual(0, 'end', 'hash'),
    at('end', bpf.loadHalfAtX(1)),
    ...[Type.HINFO, Type.IXFR, Type.AXFR].map((type) => bpf.ifEqual(type, 'first')),
    at('hash', bpf.storeX(END)),
    bpf.setA(seed),
    bpf.storeA(HASH),
    ...Array.from({ length: MAX_WORDS }, (_, i) => hashWord(QNAME + 4 * i)).flat(),
    at('choose', bpf.loadA(HASH)),
    bpf.modulo(socketCount),
    bpf.returnA(),
    at('first', bpf.return(0)),
  ])
}

/** X goes on from a label to the next one; on the root it stays. */
function skipLabel(): Instruction[] {
  return [bpf.loadByteAtX(0), bpf.ifEqual(0, 'end'), bpf.addX(), bpf.add(1), bpf.copyAToX()]
}

/** The next four octets, if the name has them. */
function hashWord(offset: number): Instruction[] {
  return [
    bpf.loadX(END),
    bpf.setA(offset + 4),
    bpf.ifGreaterThanX('choose'),
    bpf.loadWord(offset),
    bpf.and(CASELESS),
    bpf.loadX(HASH),
    bpf.xorX(),
    bpf.multiply(MULTIPLIER),
    // Upper bits get into the lower ones, or a letter may count for nothing.
    bpf.copyAToX(),
    bpf.shiftRight(15),
    bpf.xorX(),
    bpf.storeA(HASH),
  ]
}
