/**
 * The words of a Corefile as plugins get to see them: tokens with their place in a file, grouped
 * into directives and statements. The text is read by core; option schemas turn these into values.
 */

/** One file of a configuration, kept for error messages. */
export interface SourceFile {
  /** As a person would name it: the path given on the command line, or absolute for imports. */
  readonly path: string
  readonly lines: readonly string[]
}

/** One word of a Corefile after quotes and environment variables are dealt with. */
export interface Token {
  readonly text: string
  readonly source: SourceFile
  /** Line and column where the word starts, both from 1; columns count UTF-16 code units. */
  readonly line: number
  readonly column: number
  /** Code units that the word takes in its line, quotes included: the length of the underline. */
  readonly width: number
  /** The argument of the `import` that brought the token in, if one did: the import trail. */
  readonly via?: Token
}

/**
 * One line of a configuration: a keyword, its arguments on the same line, and the statements of
 * its `{ }` block if it has one (`{ }` gives an empty list).
 */
export interface Statement {
  readonly keyword: Token
  readonly args: readonly Token[]
  readonly block?: readonly Statement[]
}

/** All occurrences of one directive in a server block, in the order of the file. */
export interface Directive {
  readonly name: string
  readonly occurrences: readonly Statement[]
}
