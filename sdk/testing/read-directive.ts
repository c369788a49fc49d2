/**
 * Reads the body of a server block in a test: words, quotes, braces and comments. Environment
 * variables, snippets and imports are the server's business.
 */

import type { Directive, SourceFile, Statement, Token } from '../config.ts'

/**
 * Groups the occurrences of `name` in `text`.
 * @throws RangeError when `text` has another directive, or braces that do not pair.
 * @example readDirective('cache', 'cache 30 {\n prefetch 2\n}')
 */
export function readDirective(name: string, text: string): Directive {
  const words = splitWords(text)
  const occurrences = readStatements(words, 0).statements
  for (const { keyword } of occurrences) {
    if (keyword.text !== name)
      throw new RangeError(`'${keyword.text}' is not the ${name} directive`)
  }
  return { name, occurrences }
}

interface Word extends Token {
  readonly isQuoted: boolean
}

function readStatements(
  words: readonly Word[],
  at: number,
): { statements: Statement[]; at: number } {
  const statements: Statement[] = []
  for (let word = words[at]; word !== undefined && !isBrace(word, '}'); word = words[at]) {
    if (isBrace(word, '{')) throw new RangeError(`line ${word.line}: '{' belongs behind a word`)
    const args: Token[] = []
    let block: Statement[] | undefined
    at++
    for (let arg = words[at]; arg !== undefined && arg.line === word.line; arg = words[at]) {
      if (isBrace(arg, '}')) break
      at++
      if (isBrace(arg, '{')) {
        const inner = readStatements(words, at)
        if (words[inner.at] === undefined)
          throw new RangeError(`line ${arg.line}: '{' is not closed`)
        block = inner.statements
        at = inner.at + 1
        break
      }
      args.push(arg)
    }
    statements.push(block === undefined ? { keyword: word, args } : { keyword: word, args, block })
  }
  return { statements, at }
}

function isBrace(word: Word, brace: '{' | '}'): boolean {
  return word.text === brace && !word.isQuoted
}

// A quoted word with its escapes and line breaks, a comment, or a bare word.
const WORD = /"((?:[^"\\]|\\[\s\S])*)"|#.*|[^\s]+/g

function splitWords(text: string): Word[] {
  const source: SourceFile = { path: 'Corefile', lines: text.split('\n') }
  const words: Word[] = []
  for (const match of text.matchAll(WORD)) {
    if (match[0].startsWith('#')) continue
    const before = text.slice(0, match.index)
    words.push({
      text: match[1]?.replaceAll('\\"', '"') ?? match[0],
      source,
      line: before.split('\n').length,
      column: match.index - before.lastIndexOf('\n'),
      width: match[0].split('\n', 1)[0]?.length ?? 0,
      isQuoted: match[1] !== undefined,
    })
  }
  return words
}
