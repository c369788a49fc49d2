import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Word } from '../schema.ts'
import { rcode, rrClass, rrType } from './mnemonic.ts'
import { oneOf, onOff, path, text } from './text.ts'

describe('a word of a vocabulary', () => {
  it.each<[string, Word, string, unknown]>([
    ['text', text, 'any thing', 'any thing'],
    ['text', text, '', ''],
    ['path', path, '/etc/hosts', '/etc/hosts'],
    ['path', path, '', undefined],
    ['path', path, 'a\0b', undefined],
    ['oneOf', oneOf('a', 'b'), 'b', 'b'],
    ['oneOf', oneOf('a', 'b'), 'B', undefined],
    ['onOff', onOff, 'on', true],
    ['onOff', onOff, 'off', false],
    ['onOff', onOff, 'true', undefined],
    ['rcode', rcode, 'NXDOMAIN', 3],
    ['rcode', rcode, 'servfail', 2],
    ['rcode', rcode, '3', undefined],
    ['rrType', rrType, 'aaaa', 28],
    ['rrType', rrType, 'TYPE65280', 65280],
    ['rrType', rrType, 'TYPE65536', undefined],
    ['rrClass', rrClass, 'in', 1],
    ['rrClass', rrClass, 'ANY', 255],
    ['rrClass', rrClass, 'XX', undefined],
  ])('%s', (_, word, written, value) => {
    const result = v.safeParse(word, written)
    expect(result.success ? result.output : undefined).toBe(value)
  })
})
