/** What `import` brings in: snippets defined earlier, files, and files by pattern. */

import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Token } from '@fingerpost/sdk'
import { nearest } from '@fingerpost/sdk'
import type { CorefileFiles } from './files.ts'
import { globFiles, isPattern, patternProblem } from './glob.ts'
import type { LexProblem, Word } from './lexer.ts'
import { clip, lex, sourceFile, startsLine } from './lexer.ts'
import type { Problems } from './problems.ts'
import type { WordStream } from './word-stream.ts'

/** CoreDNS's limits on how many imports are carried out in all. */
const maxSnippets = 10_000
const maxFiles = 100_000
/** Imports within imports; each level is a line of the trail in an error message. */
const maxDepth = 200
/** A file may import itself as long as that comes to an end: it may define a snippet each time. */
const maxRounds = 8
const maxBytes = 67_108_864

/** A snippet: its name as it was declared, and what is in its block. */
export interface Snippet {
  readonly name: Word
  readonly words: readonly Word[]
}

/** Snippets by name. */
export type Snippets = ReadonlyMap<string, Snippet>

/** What a text that is read after another one finds already there. */
export interface GivenSnippets {
  readonly snippets: Snippets
  /** Names that only the other text may declare. */
  readonly reserved: ReadonlySet<string>
}

/** Carries out the imports of one configuration and remembers which files it read. */
export class Imports {
  /** Absolute paths of all files that were read or looked for. */
  readonly files: Set<string> = new Set()
  /** Absolute paths of directories whose contents decided what a pattern stands for. */
  readonly directories: Set<string> = new Set()
  readonly #snippets: Map<string, Snippet>
  readonly #reserved: ReadonlySet<string>
  readonly #disk: CorefileFiles
  readonly #problems: Problems
  readonly #words: WordStream
  readonly #resolve: (word: Word) => Word
  /** What each carried-out import stands for, to find circles along the trail. */
  readonly #targets = new WeakMap<Token, Set<string>>()
  readonly #lexed = new Map<string, readonly Word[] | undefined>()
  readonly #circular = new Set<string>()
  #counts = { snippets: 0, files: 0, bytes: 0 }
  #isExhausted = false

  constructor(
    disk: CorefileFiles,
    problems: Problems,
    words: WordStream,
    resolveVariables: (word: Word) => Word,
    given: GivenSnippets = { snippets: new Map(), reserved: new Set() },
  ) {
    this.#snippets = new Map(given.snippets)
    this.#reserved = given.reserved
    this.#disk = disk
    this.#problems = problems
    this.#words = words
    this.#resolve = resolveVariables
  }

  /** All snippets that are known by now. */
  get snippets(): Snippets {
    return this.#snippets
  }

  /** Keeps the words of a snippet; a second one with the same name is an error. */
  define(name: string, at: Word, words: readonly Word[]): void {
    const earlier = this.#snippets.get(name)
    if (earlier === undefined && this.#reserved.has(name)) {
      const message = `the snippet '${clip(name)}' is reserved: only the base may declare it`
      this.#problems.error('snippet', message, at, 'choose another name')
      return
    }
    if (earlier === undefined) {
      this.#snippets.set(name, { name: at, words })
      return
    }
    const { source, line, column } = earlier.name
    this.#problems.error(
      'snippet',
      `redeclaration of the snippet '${clip(name)}'`,
      at,
      `it was declared at ${source.path}:${line}:${column}; choose another name`,
    )
  }

  /** Carries out the import whose keyword was taken last. */
  expand(keyword: Word): void {
    const argument = this.#takeArgument(keyword)
    if (argument === undefined || this.#isExhausted) return
    const snippet = this.#snippets.get(argument.text)
    if (snippet === undefined) this.#importFiles(argument)
    else this.#importSnippet(argument, snippet)
  }

  #takeArgument(keyword: Word): Word | undefined {
    const next = this.#words.peek()
    if (next === undefined || startsLine(keyword, next) || next.text === '}') {
      const message = 'import needs one argument: the name of a snippet, a file or a pattern'
      this.#problems.error('wrong-arguments', message, keyword)
      return undefined
    }
    const written = this.#words.take()!
    const argument = this.#resolve(written)
    const extra = this.#words.peek()
    if (extra !== undefined && !startsLine(written, extra)) {
      const message =
        extra.text === '}'
          ? `'}' must stand on its own line`
          : `import takes only one argument, but '${clip(extra.text)}' follows it`
      this.#problems.error('wrong-arguments', message, extra)
      this.#skipLine(written)
    }
    if (argument.text !== '') return argument
    this.#problems.error('import', 'import needs a non-empty path', argument)
    return undefined
  }

  /** Drops what is left of a line, but leaves braces to those who count them. */
  #skipLine(last: Word): void {
    for (let next = this.#words.peek(); next !== undefined; next = this.#words.peek()) {
      if (startsLine(last, next) || next.text === '{' || next.text === '}') return
      this.#words.take()
    }
  }

  #importSnippet(argument: Word, snippet: Snippet): void {
    const target = `(${argument.text})`
    if (this.#rounds(argument, target) > 0) {
      // A snippet never changes, so this one would go on for ever.
      this.#problems.error(
        'import',
        `the snippet '${clip(argument.text)}' imports itself`,
        argument,
      )
      return
    }
    if (!this.#isAllowed(argument) || !this.#count('snippets', argument)) return
    this.#targets.set(argument, new Set([target]))
    this.#words.insert(snippet.words, argument)
  }

  #importFiles(argument: Word): void {
    const pattern = absolutePath(argument)
    const isGlob = isPattern(argument.text)
    if (!this.#isAllowed(argument) || !this.#count('files', argument)) return
    const problem = isGlob ? patternProblem(argument.text) : undefined
    if (problem !== undefined) {
      this.#problems.error('import', `${problem}: ${clip(argument.text)}`, argument)
      return
    }
    const paths = isGlob ? this.#glob(pattern, argument) : [pattern]
    const found: (readonly Word[])[] = []
    for (const path of paths) {
      if (isGlob && !this.#count('files', argument)) return
      const words = this.#openFile(path, argument, isGlob)
      if (words !== undefined) found.push(words)
    }
    // The stream takes the words that were inserted last first.
    for (const words of found.reverse()) this.#words.insert(words, argument)
  }

  #glob(pattern: string, argument: Word): readonly string[] {
    const { paths, directories } = globFiles(pattern, this.#disk)
    for (const directory of directories) this.directories.add(directory)
    if (paths.length === 0) {
      this.#problems.warn(
        'import',
        `no file matches the pattern '${clip(argument.text)}'`,
        argument,
      )
    }
    return paths
  }

  #openFile(path: string, argument: Word, isGlob: boolean): readonly Word[] | undefined {
    if (this.#circular.has(path) || this.#isExhausted) return undefined
    const kind = path.includes('\0') ? 'missing' : this.#disk.kind(path)
    if (kind === 'directory') {
      // Kubernetes puts such a directory (`..data`) beside the files of a volume.
      if (isGlob) this.#problems.warn('import', `the directory '${path}' is left out`, argument)
      else this.#problems.error('import', `'${clip(argument.text)}' is a directory`, argument)
      return undefined
    }
    this.files.add(path)
    if (kind === 'missing') {
      const message = `no snippet and no file is called '${clip(argument.text)}'`
      this.#problems.error('import', message, argument, () => this.#suggest(path, argument))
      return undefined
    }
    if (this.#rounds(argument, path) >= maxRounds) {
      this.#circular.add(path)
      this.#problems.error('import', `the file '${path}' imports itself`, argument)
      return undefined
    }
    const targets = this.#targets.get(argument) ?? new Set()
    this.#targets.set(argument, targets.add(path))
    return this.#read(path, argument)
  }

  #read(path: string, argument: Word): readonly Word[] | undefined {
    if (this.#lexed.has(path)) return this.#lexed.get(path)
    this.#lexed.set(path, undefined)
    let text: string
    try {
      text = this.#disk.read(path)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#problems.error('file', `could not read '${path}': ${reason}`, argument)
      return undefined
    }
    this.#counts.bytes += text.length
    if (this.#counts.bytes > maxBytes) {
      this.#exhaust(`the imported files are larger than ${maxBytes} bytes`, argument)
      return undefined
    }
    const { words, problems } = lex(sourceFile(path, text), text)
    reportLexProblems(problems, this.#problems, argument)
    this.#lexed.set(path, words)
    return words
  }

  /** How often the trail that leads to an import has passed the same target already. */
  #rounds(argument: Word, target: string): number {
    let count = 0
    for (let via = argument.via; via !== undefined; via = via.via) {
      if (this.#targets.get(via)?.has(target)) count++
    }
    return count
  }

  #isAllowed(argument: Word): boolean {
    let depth = 0
    for (let via = argument.via; via !== undefined; via = via.via) depth++
    if (depth < maxDepth) return true
    this.#exhaust(`imports are nested more than ${maxDepth} deep`, argument)
    return false
  }

  #count(what: 'snippets' | 'files', argument: Word): boolean {
    const limit = what === 'snippets' ? maxSnippets : maxFiles
    if (++this.#counts[what] <= limit) return true
    this.#exhaust(`more than ${limit} imports of ${what}`, argument)
    return false
  }

  #exhaust(message: string, argument: Word): void {
    this.#isExhausted = true
    this.#problems.error('import', message, argument)
  }

  #suggest(path: string, argument: Word): string | undefined {
    const declared = this.#snippets.get(argument.text)
    if (declared !== undefined) {
      const { source, line } = declared.name
      return `the snippet is declared later, at ${source.path}:${line}: move it above this import`
    }
    const snippet = nearest(argument.text, this.#snippets.keys())
    if (snippet !== undefined) return `did you mean the snippet '${snippet}'?`
    const file = this.#similarFile(path)
    if (file === undefined) return `files are looked for beside ${argument.source.path}`
    const base = dirname(resolve(argument.source.path))
    return `did you mean '${isAbsolute(argument.text) ? file : relative(base, file)}'?`
  }

  #similarFile(path: string): string | undefined {
    const dir = dirname(path)
    try {
      const name = nearest(path.slice(dir.length).replace(/^[/\\]/, ''), this.#disk.list(dir))
      return name === undefined ? undefined : join(dir, name)
    } catch {
      return undefined
    }
  }
}

/** Passes on what the lexer noticed, with the trail of the import that the file came by. */
export function reportLexProblems(
  found: readonly LexProblem[],
  problems: Problems,
  via?: Token,
): void {
  for (const { severity, message, suggestion, at } of found) {
    const place = via === undefined ? at : { ...at, via }
    if (severity === 'error') problems.error('syntax', message, place, suggestion)
    else problems.warn('syntax', message, place, suggestion)
  }
}

/** A relative path is relative to the file that contains the import, not to where we run. */
function absolutePath(argument: Word): string {
  return resolve(dirname(resolve(argument.source.path)), argument.text)
}
