/**
 * Groups words into statements: a keyword, its arguments on the same line, and the statements of
 * its `{ }` block.
 */

import type { Statement, Token } from '@fingerpost/sdk'
import type { Environment } from './environment.ts'
import { replaceVariables } from './environment.ts'
import type { Imports } from './imports.ts'
import type { Word } from './lexer.ts'
import { clip, startsLine } from './lexer.ts'
import type { Problems } from './problems.ts'
import type { WordStream } from './word-stream.ts'

/** Blocks within blocks; no plugin knows more than two. */
const maxNesting = 50

/** What all parts of the parser work with. */
export interface Reading {
  readonly words: WordStream
  readonly problems: Problems
  readonly imports: Imports
  readonly environment: Environment
  /** How many keys may still be read: address blocks multiply. */
  readonly budget: { keys: number }
}

/**
 * Reads a statement whose keyword was taken last. Braces count only as words of their own; `{`
 * belongs on the line of the keyword. A `}` after arguments is left for the block around it.
 */
export function parseStatement(reading: Reading, written: Word, depth = 0): Statement {
  const { words, problems } = reading
  const keyword = resolveWord(reading, written)
  const args: Token[] = []
  if (isGlued(written)) {
    reportGlued(reading, written)
    return { keyword: withoutBrace(keyword), args, block: parseBlock(reading, written, depth + 1) }
  }
  for (let last = written; ; ) {
    const next = words.peek()
    if (next === undefined) return { keyword, args }
    const isOnNewLine = startsLine(last, next)
    if (next.text === '{') {
      if (isOnNewLine) {
        const message = `'{' must stand on the same line as '${clip(keyword.text)}'`
        problems.error('syntax', message, next)
      }
      const block = parseBlock(reading, words.take()!, depth + 1)
      return { keyword, args, block }
    }
    if (isOnNewLine || next.text === '}') return { keyword, args }
    last = words.take()!
    if (isGlued(last)) {
      reportGlued(reading, last)
      args.push(withoutBrace(resolveWord(reading, last)))
      return { keyword, args, block: parseBlock(reading, last, depth + 1) }
    }
    args.push(resolveWord(reading, last))
  }
}

/** Reads statements up to the `}` that closes the brace taken last, and what is wrong after it. */
export function parseBlock(reading: Reading, open: Word, depth = 0): Statement[] {
  const { words, problems, imports } = reading
  if (depth > maxNesting) {
    problems.error('syntax', `blocks are nested more than ${maxNesting} deep`, open)
    skipBlock(reading, open)
    return []
  }
  const statements: Statement[] = []
  for (;;) {
    const next = words.peek()
    if (next === undefined) {
      reportUnclosed(reading, open)
      return statements
    }
    const before = words.last
    words.take()
    if (next.text === '}') {
      if (before !== open && before?.text !== '}' && !startsLine(before, next)) {
        const help = 'put it on its own line: CoreDNS may read it as an argument'
        problems.warn('syntax', `'}' follows an argument on the same line`, next, help)
      }
      expectEndOfLine(reading, next)
      return statements
    }
    if (next.text === '{') reportStrayBrace(reading, next)
    else if (next.text === 'import') imports.expand(next)
    else statements.push(parseStatement(reading, next, depth))
  }
}

/** Reports a `{` without a keyword and drops its block. */
export function reportStrayBrace(reading: Reading, brace: Word): void {
  reading.problems.error('syntax', `'{' needs a keyword in front of it on the same line`, brace)
  skipBlock(reading, brace)
}

/** Collects words up to the `}` that matches the brace taken last; that one is taken, not kept. */
export function skipBlock(reading: Reading, open: Word): Word[] {
  const { words } = reading
  const body: Word[] = []
  for (let depth = 1; ; ) {
    const word = words.take()
    if (word === undefined) {
      reportUnclosed(reading, open)
      return body
    }
    if (word.text === '{') depth++
    if (word.text === '}' && --depth === 0) return body
    body.push(word)
  }
}

/** Replaces the environment variables in a word. */
export function resolveWord(reading: Reading, word: Word): Word {
  const { text, unset, problem } = replaceVariables(word.text, reading.environment)
  for (const name of unset) {
    const message = `the environment variable '${clip(name)}' is not set`
    reading.problems.warn('bad-value', message, word, 'it is replaced by nothing')
  }
  if (problem !== undefined) reading.problems.error('bad-value', problem, word)
  return text === word.text ? word : { ...word, text }
}

/** Tells whether a word ends a line with a brace that was meant to open a block: `cache{`. */
export function isGlued(word: Word): boolean {
  if (word.isQuoted || !/[^{]\{$/.test(word.text)) return false
  const rest = word.source.lines[word.line - 1]?.slice(word.column - 1 + word.width).trim()
  return rest === '' || rest?.startsWith('#') === true
}

export function reportGlued({ problems }: Reading, word: Word): void {
  const message = `'{' is read as part of the word '${clip(word.text)}'`
  problems.error('syntax', message, word, `put a space before '{'`)
}

export function withoutBrace(word: Word): Word {
  return { ...word, text: word.text.replace(/\{$/, '') }
}

export function reportUnclosed({ words, problems }: Reading, open: Word): void {
  if (!words.isCut) problems.error('syntax', `this '{' is never closed`, open, `'}' is missing`)
}

/** Nothing may follow a `}` on its line but another one, which the block around it looks at. */
function expectEndOfLine(reading: Reading, closing: Word): void {
  const { words, problems } = reading
  let last = closing
  for (let next = words.peek(); next !== undefined; next = words.peek()) {
    if (startsLine(last, next) || next.text === '}') return
    if (last === closing) {
      problems.error('syntax', `unexpected '${clip(next.text)}' after '}'`, next)
    }
    last = words.take()!
    if (last.text === '{') {
      skipBlock(reading, last)
      last = words.last ?? last
    }
  }
}
