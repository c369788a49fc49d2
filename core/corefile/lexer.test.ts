import { describe, expect, it } from 'vitest'
import { lex, sourceFile, startsLine } from './lexer.ts'

function wordsOf(text: string): string[] {
  return lex(sourceFile('Corefile', text), text).words.map((word) => word.text)
}

function problemsOf(text: string): string[] {
  const { problems } = lex(sourceFile('Corefile', text), text)
  return problems.map(
    ({ severity, at, message }) => `${severity} ${at.line}:${at.column} ${message}`,
  )
}

describe('words', () => {
  const cases: [description: string, text: string, words: string[]][] = [
    ['splits at space, tab and newline', ' a\tb\nc ', ['a', 'b', 'c']],
    [
      'splits at every Unicode space',
      'a\u00a0b\u2003c\u3000d\u0085e\u2028f\u000bg',
      [...'abcdefg'],
    ],
    ['keeps U+FEFF inside a text, which is no space', 'a\ufeffb', ['a\ufeffb']],
    ['drops one byte order mark', '\ufeffa b', ['a', 'b']],
    ['drops only one byte order mark', '\ufeff\ufeffa', ['\ufeffa']],
    ['skips carriage returns, even inside a word', 'a\r\nfo\ro\r\r b', ['a', 'foo', 'b']],
    ['ends a comment at the newline', 'a # b c\nd', ['a', 'd']],
    ['starts a comment in the middle of a word', 'foo#bar\nbaz', ['foo', 'baz']],
    ['ends a comment glued to a word at the next space', 'whoami#comment here', ['whoami', 'here']],
    ['goes on with a glued comment over a carriage return', 'a#b\rc\nd', ['a', 'd']],
    ['reads a quoted word up to the next quote', '"a b # { }" c', ['a b # { }', 'c']],
    ['keeps newlines and carriage returns in quotes', '"a\r\nb"', ['a\r\nb']],
    ['unescapes only quotes', '"a\\"b\\d\\\\"', ['a"b\\d\\\\']],
    ['ends a quoted word at its closing quote', '"a""b"c', ['a', 'b', 'c']],
    ['gives an empty word for empty quotes', 'a "" b', ['a', '', 'b']],
    ['takes a quote in mid-word literally', 'a"b c"', ['a"b', 'c"']],
    ['gives single quotes no meaning', `'a b'`, [`'a`, `b'`]],
    ['keeps braces in words', '.:53{ {$X} }}', ['.:53{', '{$X}', '}}']],
    ['gives nothing for an empty text', '', []],
    ['gives nothing for a comment', '# a', []],
    ['ends an unclosed quote with its line', 'a "b c\nd', ['a', 'b c', 'd']],
  ]
  it.each(cases)('%s', (_, text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })
})

describe('places', () => {
  it('counts lines and columns from 1 and includes quotes in the width', () => {
    const text = '\ufeffa "b c"\r\n\t\u{1f600}x'
    const { words } = lex(sourceFile('Corefile', text), text)
    const places = words.map(({ line, column, width }) => [line, column, width])
    expect(places).toEqual([
      [1, 1, 1],
      [1, 3, 5],
      [2, 2, 3],
    ])
  })

  it('continues after a quoted word that spans lines', () => {
    const text = 'x "a\nb" c\nd'
    const { words } = lex(sourceFile('Corefile', text), text)
    const [x, quoted, c, d] = words
    expect([quoted?.line, quoted?.endLine, quoted?.width]).toEqual([1, 2, 2])
    expect([c?.line, c?.column]).toEqual([2, 4])
    expect([startsLine(x, quoted!), startsLine(quoted, c!), startsLine(c, d!)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('keeps the lines of the source without carriage returns', () => {
    expect(sourceFile('Corefile', '\ufeffa\r\nb\n').lines).toEqual(['a', 'b', ''])
  })
})

describe('problems', () => {
  it('warns about a glued comment that ends early', () => {
    expect(problemsOf('x\n  whoami#comment here')).toEqual([
      `warning 2:9 the comment glued to 'whoami' ends at its first space: words follow`,
    ])
  })

  it.each(['a#b', 'a#b \nc', 'a#b  # c d', 'a # b c'])('is content with %j', (text) => {
    expect(problemsOf(text)).toEqual([])
  })

  it('reports an unclosed quote where it starts', () => {
    expect(problemsOf('a "b \\" c\nd')).toEqual([
      'error 1:3 the quote that starts here is never closed',
    ])
  })
})
