import { describe, expect, it } from 'vitest'
import { ZoneTextError, zoneEntries } from './zone-text.ts'

const show = (text: string): string[] =>
  [...zoneEntries(text)].map(({ tokens, isIndented, line }) => {
    const words = tokens.map((token) => {
      const word = token.isQuoted ? `"${token.text}"` : token.text
      return token.isJoined ? `+${word}` : word
    })
    return `${line}${isIndented ? '>' : ':'} ${words.join(' ')}`
  })

describe('the text of a zone', () => {
  it.each([
    ['', []],
    ['; nothing\n\n  \n', []],
    ['$TTL 60\n@ SOA ( a b ; c (\n 1\n)\n\tNS c\r\n', ['1: $TTL 60', '2: @ SOA a b 1', '5> NS c']],
    ['a "b;(\\" c" d', ['1: a "b;(\\" c" d']],
    ['a b\\;c\\ d e', ['1: a b\\;c\\ d e']],
    ['a b="c d"e', ['1: a b= +"c d" +e']],
    ['a "x\ny" b\nc', ['1: a "x\ny" b', '3: c']],
    ['\n( \n a b )', ['3: a b']],
    ['a""', ['1: a +""']],
  ])('%j', (text, entries) => {
    expect(show(text)).toEqual(entries)
  })

  it.each([
    ['a\nb "c\nd', 2],
    ['a\nb ( c\nd', 2],
    ['a ( b )\n)', 2],
    ['a\nb\\', 2],
  ])('%j is refused with its line', (text, line) => {
    expect(() => show(text)).toThrow(ZoneTextError)
    expect(() => show(text)).toThrow(expect.objectContaining({ line }))
  })
})
