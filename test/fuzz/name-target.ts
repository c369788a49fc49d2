/** Names: octets to text and back (RFC 1035 3.1, 5.1; RFC 4343). */

import {
  copyName,
  hashName,
  MAX_NAME_SIZE,
  Name,
  parseName,
  parseNameText,
  type Random,
  skipName,
} from '@fingerpost/sdk'
import { arbitraryName } from '../../sdk/record/arbitrary.ts'
import { mutate, mutateText, pick } from './mutate.ts'
import { ensure, sameOctets, type Target } from './target.ts'

const BITS = ['.', '\\', '\\.', '\\0', '\\255', '\\256', '\\\\', '..', '@', ' ', '"', 'é', '\u0000']
const TEXTS = ['www.example.org.', '.', '@', 'a.b', '\\000\\255.x', `${'a'.repeat(63)}.b`]

/** Octets that may be a name, compressed or not. */
export const nameTarget: Target = {
  name: 'names',
  input: 'a message with a name in it',
  share: 60,
  prepare: (random) => ({ next: () => nextOctets(random), check: checkOctets }),
}

/** Text that may be a name. */
export const nameTextTarget: Target = {
  name: 'names-text',
  input: 'text',
  share: 40,
  prepare: (random) => ({
    next: () => {
      const base = random.below(2) === 0 ? pick(random, TEXTS) : `${arbitraryName(random)}`
      return new TextEncoder().encode(mutateText(random, base, BITS, TEXTS))
    },
    check: (input) => checkText(new TextDecoder().decode(input)),
  }),
}

function nextOctets(random: Random): Uint8Array {
  const first = arbitraryName(random).wire
  const second = arbitraryName(random).wire
  const octets = new Uint8Array(first.length + second.length + 1)
  octets.set(first)
  octets.set(second, first.length)
  // The second name often ends in a pointer into the first.
  octets[octets.length - 2] = 0xc0
  octets[octets.length - 1] = random.below(first.length)
  return random.below(4) === 0 ? octets : mutate(random, octets)
}

function checkOctets(input: Uint8Array): void {
  const target = new Uint8Array(MAX_NAME_SIZE)
  for (let at = 0; at < input.length; at += 1 + (at >> 2)) {
    const name = parseName(input, at)
    const size = copyName(input, at, target, 0)
    ensure((name === undefined) === size < 0, 'parseName and copyName disagree')
    const end = skipName(input, at)
    ensure(end <= input.length, 'skipName leaves the message')
    if (name === undefined) continue
    ensure(end >= 0, 'skipName refuses what parseName takes')
    ensure(sameOctets(name.wire, target.subarray(0, size)), 'parseName and copyName differ')
    ensure(name.wire.length <= MAX_NAME_SIZE, 'the name is too long')
    checkName(name)
  }
}

function checkText(text: string): void {
  const name = parseNameText(text)
  if (name === undefined) return
  ensure(name.wire.length <= MAX_NAME_SIZE, 'the name is too long')
  const again = parseName(name.wire, 0)
  ensure(again?.wire.length === name.wire.length, 'the octets are no name')
  checkName(name)
}

function checkName(name: Name): void {
  const text = name.toString()
  ensure(/^[\x21-\x7e]*( [\x21-\x7e]*)*$/.test(text), `'${text}' cannot be printed`)
  const again = parseNameText(text)
  ensure(again !== undefined && sameOctets(again.wire, name.wire), `'${text}' reads otherwise`)
  const upper = new Name(name.wire.map((o) => (o >= 0x61 && o <= 0x7a ? o - 0x20 : o)))
  // A length octet of 97 or more is impossible: only letters changed.
  ensure(name.equals(upper), 'case decides equality')
  ensure(hashName(upper.wire, 0) === name.hash, 'case decides the hash')
  ensure(sameOctets(upper.toLowerCase().wire, name.toLowerCase().wire), 'lower case differs')
  ensure(name.labels().length === name.labelCount, 'the labels are miscounted')
  for (let count = 0; count <= name.labelCount; count++) {
    ensure(name.isSubdomainOf(name.ancestor(count)), 'not below its own ancestor')
  }
  ensure(name.ancestor(name.labelCount).isRoot, 'the last ancestor is not the root')
}
