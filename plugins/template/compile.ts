/**
 * The language of templates, so far as Corefiles use Go's text/template: text, values, and the
 * blocks `if`, `range` and `with`. What is compiled is a tree of functions.
 */

import { type Lexeme, scanTemplate, TemplateFault } from './lexer.ts'
import { type Part, PipelineParser } from './pipeline.ts'
import { show } from './printf.ts'
import { Scope } from './scope.ts'
import { describe, isMap, isTrue, type TemplateData, TemplateFailure, type Value } from './value.ts'

/** A compiled template. */
export interface Template {
  readonly source: string
  /** Fields that do not exist: every execution that comes to them fails. */
  readonly unknownFields: readonly string[]
  /** Gives the text, or why there is none. */
  execute(data: TemplateData): string | TemplateFailure
}

/** A piece of a template, which writes its text. */
type Piece = (scope: Scope) => void

/** Compiles a template; gives what is wrong with it, if anything is. */
export function compileTemplate(source: string): Template | TemplateFault {
  try {
    const compiler = new Compiler(scanTemplate(source))
    const body = compiler.whole()
    return {
      source,
      unknownFields: compiler.unknownFields,
      execute: (data) => execute(body, data),
    }
  } catch (fault) {
    if (fault instanceof TemplateFault) return fault
    throw fault
  }
}

function execute(body: Piece, data: TemplateData): string | TemplateFailure {
  const scope = new Scope(data)
  try {
    body(scope)
    return scope.text
  } catch (failure) {
    if (failure instanceof TemplateFailure) return failure
    throw failure
  }
}

class Compiler {
  readonly #parser: PipelineParser

  constructor(lexemes: readonly Lexeme[]) {
    this.#parser = new PipelineParser(lexemes)
  }

  get unknownFields(): readonly string[] {
    return this.#parser.unknownFields
  }

  whole(): Piece {
    const body = this.#list()
    if (this.#parser.next === undefined) return body
    const { text, start, end } = this.#parser.next
    throw new TemplateFault(`'${text}' without what it belongs to`, start, end)
  }

  /** Pieces up to the end, or up to the word of an `end` or `else`. */
  #list(): Piece {
    const pieces: Piece[] = []
    const parser = this.#parser
    const inSight = parser.variables.length
    while (parser.next !== undefined) {
      const lexeme = parser.next
      parser.take()
      if (lexeme.kind === 'open') {
        const { kind, text } = parser.next
        if (kind === 'word' && (text === 'end' || text === 'else')) break
        pieces.push(this.#action())
      } else if (lexeme.text !== '') {
        pieces.push((scope) => scope.write(lexeme.text))
      }
    }
    parser.variables.length = inSight
    return (scope) => {
      for (const piece of pieces) piece(scope)
    }
  }

  #action(): Piece {
    const parser = this.#parser
    const head = parser.next as Lexeme
    if (head.kind === 'close') throw new TemplateFault('an action is empty', head.start, head.end)
    if (head.kind === 'word' && ['if', 'with', 'range'].includes(head.text)) {
      parser.take()
      return this.#block(head)
    }
    const { run, path, isAssignment } = parser.pipeline()
    const close = parser.next as Lexeme
    parser.expect('}}', 'close')
    if (isAssignment) return (scope) => void run(scope)
    if (path === '' || path === 'Message' || path === 'Question') {
      throw new TemplateFault(`only fields of .${path} can be printed`, head.start, close.start)
    }
    return (scope) => {
      const value = run(scope)
      scope.write(value === null ? '<no value>' : show(value))
    }
  }

  /** `if`, `with` or `range`, up to its `end`. */
  #block(head: Lexeme): Piece {
    const parser = this.#parser
    parser.enter(head)
    const inSight = parser.variables.length
    const wasRoot = parser.isDotRoot
    const names = head.text === 'range' ? this.#loopVariables() : []
    const subject = parser.pipeline()
    parser.expect('}}', 'close')
    const firstSlot = parser.variables.length
    parser.variables.push(...names)
    parser.isDotRoot = wasRoot && head.text === 'if'
    const body = this.#list()
    parser.isDotRoot = wasRoot
    parser.variables.length = firstSlot
    const otherwise = this.#otherwise(head)
    parser.variables.length = inSight
    parser.depth--
    if (head.text === 'range') return loop(subject, names.length, firstSlot, body, otherwise)
    const isWith = head.text === 'with'
    return (scope) => {
      const value = subject.run(scope)
      if (!isTrue(value)) otherwise(scope)
      else if (isWith) withDot(scope, value, body)
      else body(scope)
    }
  }

  /** What stands between `else` and `end`, if anything does. */
  #otherwise(head: Lexeme): Piece {
    const parser = this.#parser
    if (parser.next === undefined) {
      throw new TemplateFault(`'${head.text}' has no end`, head.start, head.end)
    }
    let piece: Piece = () => {}
    if (parser.accept('else', 'word')) {
      const nested = parser.next as Lexeme
      if (head.text === 'if' && parser.accept('if', 'word')) return this.#block(nested)
      parser.expect('}}', 'close')
      piece = this.#list()
      if (parser.next === undefined) {
        throw new TemplateFault(`'${head.text}' has no end`, head.start, head.end)
      }
    }
    parser.expect('end', 'word')
    parser.expect('}}', 'close')
    return piece
  }

  /** The variables of `range $index, $element := …`. */
  #loopVariables(): string[] {
    const parser = this.#parser
    const [first, sign] = parser.ahead(2)
    if (first?.kind !== 'variable' || sign?.kind !== 'sign') return []
    if (sign.text !== ',' && sign.text !== ':=') return []
    const names = [this.#newVariable()]
    if (parser.accept(',', 'sign')) names.push(this.#newVariable())
    parser.expect(':=', 'sign')
    return names
  }

  #newVariable(): string {
    const { kind, text } = this.#parser.next as Lexeme
    if (kind !== 'variable' || text === '$') throw this.#parser.unexpected()
    return this.#parser.take().text
  }
}

function loop(
  subject: Part,
  nameCount: number,
  slot: number,
  body: Piece,
  otherwise: Piece,
): Piece {
  return (scope) => {
    const entries = entriesOf(subject.run(scope))
    if (entries.length === 0) return otherwise(scope)
    for (const [key, element] of entries) {
      scope.spend(1)
      if (nameCount === 2) scope.variables[slot] = key
      if (nameCount > 0) scope.variables[slot + nameCount - 1] = element
      withDot(scope, element, body)
    }
  }
}

/** The keys and elements, those of maps in the order of their keys. */
function entriesOf(value: Value): readonly (readonly [Value, Value])[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.map((element: Value, i) => [i, element])
  if (!isMap(value)) throw new TemplateFailure(`range can't go over ${describe(value)}`)
  return Object.keys(value)
    .sort()
    .map((key) => [key, value[key] ?? null])
}

function withDot(scope: Scope, value: Value, body: Piece): void {
  const outer = scope.dot
  scope.dot = value
  body(scope)
  scope.dot = outer
}
