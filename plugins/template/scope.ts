/** What a running template has at hand, and how much it may still do. */

import { MAX_TEXT_LENGTH, tooLong } from './printf.ts'
import { rootFields, Struct, type TemplateData, TemplateFailure, type Value } from './value.ts'

/**
 * The most that one execution may do: passes of loops, and characters that functions are given
 * or make, together.
 */
export const MAX_WORK = 500_000

/** One execution of a template. */
export class Scope {
  readonly data: TemplateData
  readonly root: Struct
  /** The value that `.` stands for. */
  dot: Value
  /** The values of variables, by the number that the parser gave them. */
  readonly variables: Value[] = []
  text = ''
  #work = 0

  constructor(data: TemplateData) {
    this.data = data
    this.root = new Struct(rootFields, data)
    this.dot = this.root
  }

  write(text: string): void {
    this.text += text
    if (this.text.length > MAX_TEXT_LENGTH) throw tooLong()
  }

  spend(work: number): void {
    this.#work += work
    if (this.#work > MAX_WORK) throw new TemplateFailure('it takes too long')
  }
}

/** The work that a value is worth. */
export function weightOf(value: Value): number {
  return typeof value === 'string' ? value.length : 1
}
