/**
 * Turns the text of a Corefile into server blocks. Reads on after a mistake, so that all of them
 * are found at once; what CoreDNS accepts is accepted, with a warning where it looks unintended.
 */

import { resolve } from 'node:path'
import type { ConfigError, Directive, Statement, Token } from '@fingerpost/sdk'
import { nearest } from '@fingerpost/sdk'
import type { Environment } from './environment.ts'
import type { CorefileFiles } from './files.ts'
import { type GivenSnippets, Imports, reportLexProblems, type Snippets } from './imports.ts'
import type { Key } from './keys.ts'
import { parseKey } from './keys.ts'
import type { Word } from './lexer.ts'
import { clip, lex, sourceFile, startsLine } from './lexer.ts'
import { Problems } from './problems.ts'
import type { Reading } from './statements.ts'
import {
  isGlued,
  parseStatement,
  reportGlued,
  reportStrayBrace,
  reportUnclosed,
  resolveWord,
  skipBlock,
  withoutBrace,
} from './statements.ts'
import { maxWords, WordStream } from './word-stream.ts'

/** All zones of all server blocks. A block of addresses may stand for 128 of them. */
const maxKeys = 100_000

/** Where a Corefile comes from and what it may refer to. */
export interface CorefileOptions {
  /** As the user named it: shown in messages, and imports are relative to its directory. */
  readonly path: string
  readonly files: CorefileFiles
  readonly environment: Environment
  /** Tells whether a directive of that name exists. */
  isDirective(name: string): boolean
  /** Names to suggest for an unknown one. */
  readonly directiveNames: readonly string[]
  /** Snippets of another text, which this one may import and must not declare again. */
  readonly given?: GivenSnippets | undefined
}

/** A server block: its keys and what is said about them. */
export interface ServerBlock {
  readonly keys: readonly Key[]
  /** In the order of their first appearance; all occurrences of a name are one directive. */
  readonly directives: readonly Directive[]
  /** The first key as written, the place to point at for the block as a whole. */
  readonly at: Token
}

/** What a Corefile says. With errors, the blocks are incomplete and not meant to be run. */
export interface Corefile {
  readonly blocks: readonly ServerBlock[]
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
  /** Absolute paths of every file that was read or looked for, the Corefile first. */
  readonly files: readonly string[]
  /** Absolute paths of the directories in which patterns were looked for. */
  readonly directories: readonly string[]
  /** Those given and those declared. */
  readonly snippets: Snippets
}

/** Reads a Corefile. Never throws: everything that is wrong is in `errors`. */
export function parseCorefile(text: string, options: CorefileOptions): Corefile {
  const problems = new Problems()
  const { words: first, problems: found } = lex(sourceFile(options.path, text), text)
  reportLexProblems(found, problems)
  const words = new WordStream(first, (last) =>
    problems.error('import', `the configuration has more than ${maxWords} words`, last),
  )
  const { environment, files, given } = options
  const imports = new Imports(files, problems, words, (word) => resolveWord(reading, word), given)
  const budget = { keys: maxKeys }
  const reading: Reading = { words, problems, imports, environment, budget }
  const blocks: ServerBlock[] = []
  while (words.peek() !== undefined) {
    const block = parseEntry(reading, options)
    if (block !== undefined) blocks.push(block)
  }
  return {
    blocks,
    errors: problems.errors,
    warnings: problems.warnings,
    files: [resolve(options.path), ...imports.files],
    directories: [...imports.directories],
    snippets: imports.snippets,
  }
}

/** Reads a snippet or a server block; imports between keys are carried out on the way. */
function parseEntry(reading: Reading, options: CorefileOptions): ServerBlock | undefined {
  const { words, problems } = reading
  const first = words.peek()
  const { keys, open } = parseKeys(reading)
  if (keys.length === 0 && words.peek()?.text === '}' && open === undefined) {
    reportStrayClosing(reading)
    return undefined
  }
  const snippet = keys.length === 1 ? snippetName(keys[0]!) : undefined
  if (snippet !== undefined && words.peek() !== undefined) {
    parseSnippet(reading, keys[0]!, snippet, open)
    return undefined
  }
  const parsed = keys.flatMap((key) => parseBlockKey(reading, key))
  const directives = parseDirectives(reading, options, keys[0], open)
  // A block without keys is read, so that its mistakes are known, and left out.
  if (keys[0] !== undefined) return { keys: parsed, directives, at: keys[0] }
  if (first !== undefined && directives.length > 0) {
    problems.warn('syntax', 'this server block has no key and is left out', first)
  }
  return undefined
}

function parseBlockKey({ budget, problems }: Reading, key: Word): Key[] {
  if (budget.keys < 0) return []
  const keys = parseKey(key, key.text, problems)
  budget.keys -= keys.length
  if (budget.keys < 0) {
    problems.error('bad-zone', `the server blocks have more than ${maxKeys} keys`, key)
  }
  return keys
}

interface Keys {
  readonly keys: readonly Word[]
  /** The `{` after the keys, if there is one. */
  readonly open: Word | undefined
}

/** Reads keys up to `{` or the end of the line; after a comma they go on, even on the next line. */
function parseKeys(reading: Reading): Keys {
  const { words, problems, imports } = reading
  const keys: Word[] = []
  let last: Word | undefined
  let comma: Word | undefined
  for (;;) {
    const next = words.peek()
    if (next === undefined) {
      if (comma) problems.error('syntax', `another key must follow ','`, comma)
      return { keys, open: undefined }
    }
    const word = resolveWord(reading, next)
    const isFirstOfLine = startsLine(words.last, next)
    if (word.text === '{') {
      if (comma) problems.error('syntax', `expected another key after ',' but found '{'`, comma)
      return { keys, open: words.take() }
    }
    if (last !== undefined && comma === undefined && startsLine(last, next)) {
      return { keys, open: undefined }
    }
    if (next.text === '}') {
      if (keys.length > 0) {
        problems.error('syntax', `'}' where a key or '{' was expected`, words.take())
      }
      return { keys, open: undefined }
    }
    words.take()
    if (word.text === 'import' && (isFirstOfLine || last === undefined)) {
      imports.expand(next)
      last = undefined
      continue
    }
    last = next
    if (word.text === '') continue
    comma = word.text.endsWith(',') ? next : undefined
    const key = comma ? { ...word, text: word.text.slice(0, -1) } : word
    if (isGlued(next)) {
      reportGlued(reading, next)
      keys.push(withoutBrace(key))
      return { keys, open: next }
    }
    if (key.text === '') problems.error('syntax', `',' must follow a key without a space`, next)
    else keys.push(key)
  }
}

function snippetName({ text }: Word): string | undefined {
  return text.length > 1 && text.startsWith('(') && text.endsWith(')')
    ? text.slice(1, -1)
    : undefined
}

function parseSnippet(reading: Reading, key: Word, name: string, open: Word | undefined): void {
  if (open !== undefined) {
    reading.imports.define(name, key, skipBlock(reading, open))
    return
  }
  const message = `the snippet '${clip(name)}' needs a '{ }' block`
  reading.problems.error('snippet', message, key, `put '{' after '${clip(key.text)}'`)
  reading.imports.define(name, key, [])
  skipToEntry(reading)
}

/** Skips lines until one looks like the start of a block: not indented, or ending with `{`. */
function skipToEntry({ words }: Reading): void {
  for (let next = words.peek(); next !== undefined; next = words.peek()) {
    if (startsLine(words.last, next) && (next.column === 1 || opensBlock(next))) return
    words.take()
  }
}

function parseDirectives(
  reading: Reading,
  options: CorefileOptions,
  key: Word | undefined,
  open: Word | undefined,
): Directive[] {
  const { words, problems, imports } = reading
  const occurrences = new Map<string, Statement[]>()
  const directives = (): Directive[] =>
    [...occurrences].map(([name, statements]) => ({ name, occurrences: statements }))
  for (;;) {
    const before = words.last
    const next = words.peek()
    if (next === undefined) {
      if (open !== undefined) reportUnclosedServer(reading, open, before)
      return directives()
    }
    if (next.text === '}') {
      if (before !== open && !startsLine(before, next)) {
        problems.error('syntax', `'}' must stand on its own line`, next)
      }
      words.take()
      if (open === undefined) {
        problems.warn('syntax', `'}' ends a server block that has no '{'`, next)
      }
      return directives()
    }
    if (next.text === '{') reportStrayBrace(reading, words.take()!)
    else if (next.text === 'import') imports.expand(words.take()!)
    else {
      const word = resolveWord(reading, next)
      const name = isGlued(next) ? withoutBrace(word).text : word.text
      const isKnown = options.isDirective(name)
      if (!isKnown && reportUnknown(reading, options, next, name, key, open)) return directives()
      words.take()
      const statement = parseStatement(reading, next)
      const earlier = occurrences.get(name)
      if (earlier !== undefined) earlier.push(statement)
      else if (isKnown) occurrences.set(name, [statement])
    }
  }
}

/**
 * Reports an unknown directive. Returns true if it rather is the key of the next server block,
 * because the end of this one is missing.
 */
function reportUnknown(
  reading: Reading,
  options: CorefileOptions,
  word: Word,
  name: string,
  key: Word | undefined,
  open: Word | undefined,
): boolean {
  const { problems } = reading
  const message = `unknown directive '${clip(name)}'`
  if (opensBlock(word) && word.column <= (key?.column ?? 1) && /^\(|[.:/]/.test(name)) {
    const help =
      open === undefined
        ? `if this starts a server block: with more than one of them, each needs '{ }'`
        : `if this starts a server block: the '}' of the one opened at line ${open.line} is missing`
    problems.error('unknown-directive', message, word, help)
    return true
  }
  const near = nearest(name, [...options.directiveNames, 'import'])
  const isSnippet = name.startsWith('(') && name.endsWith(')')
  const snippetHelp = isSnippet ? 'snippets are declared outside of server blocks' : undefined
  const help = near === undefined ? snippetHelp : `did you mean '${near}'?`
  problems.error('unknown-directive', message, word, help)
  return false
}

/** CoreDNS is content if the last word of the file is some `}`, so that is only a warning. */
function reportUnclosedServer(reading: Reading, open: Word, last: Word | undefined): void {
  if (last?.text !== '}' || reading.words.isCut) {
    reportUnclosed(reading, open)
    return
  }
  const help = `one '}' closes both the last directive's block and this one`
  reading.problems.warn('syntax', `this '{' is never closed`, open, help)
}

/** At the very end CoreDNS takes a `}` too many for a zone name; anywhere else it fails. */
function reportStrayClosing({ words, problems }: Reading): void {
  const brace = words.take()!
  let next = words.peek()
  while (next?.text === '}') {
    words.take()
    next = words.peek()
  }
  const message = `this '}' has no matching '{'`
  if (next === undefined) problems.warn('syntax', message, brace, 'remove it')
  else problems.error('syntax', message, brace, 'remove it')
}

/** Tells whether the line of a word ends with `{`, as the first line of a block does. */
function opensBlock(word: Word): boolean {
  return word.source.lines[word.line - 1]?.trimEnd().endsWith('{') ?? false
}
