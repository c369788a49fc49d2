/** The words of a configuration one after the other, with imported ones in the place of imports. */

import type { Token } from '@fingerpost/sdk'
import type { Word } from './lexer.ts'

/** Snippets in snippets multiply: a small file could ask for billions of words. */
export const maxWords = 1_000_000

interface Frame {
  readonly words: readonly Word[]
  readonly via: Token | undefined
  index: number
}

/** A cursor over words. `insert` puts others in front of what has not been taken yet. */
export class WordStream {
  readonly #frames: Frame[] = []
  readonly #onLimit: (last: Word) => void
  #next: Word | undefined
  #taken = 0
  /** The word taken last. */
  last: Word | undefined

  /** `onLimit` is told when more than `maxWords` words were taken; the stream is over then. */
  constructor(words: readonly Word[], onLimit: (last: Word) => void) {
    this.#frames.push({ words, via: undefined, index: 0 })
    this.#onLimit = onLimit
  }

  /** True after the limit: what is missing at the end is not the writer's mistake. */
  get isCut(): boolean {
    return this.#taken > maxWords
  }

  peek(): Word | undefined {
    if (this.#next !== undefined || this.isCut) return this.#next
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const word = frame.words[frame.index]
      if (word !== undefined) {
        // The trail belongs to the import that brought the word in, not to the file it is from.
        this.#next = word.via === frame.via ? word : withTrail(word, frame.via)
        break
      }
      this.#frames.pop()
    }
    return this.#next
  }

  take(): Word | undefined {
    const word = this.peek()
    if (word === undefined) return undefined
    this.#frames.at(-1)!.index++
    this.#next = undefined
    this.last = word
    if (++this.#taken > maxWords) this.#onLimit(word)
    return word
  }

  insert(words: readonly Word[], via: Token): void {
    this.#next = undefined
    this.#frames.push({ words, via, index: 0 })
  }
}

function withTrail(word: Word, via: Token | undefined): Word {
  if (via !== undefined) return { ...word, via }
  const { via: _, ...plain } = word
  return plain
}
