/** Shared secrets by name: of the Corefile, and of key files as BIND has them. */

import type { Name } from '@fingerpost/sdk'

/** The most keys that are kept. */
export const MAX_KEYS = 10_000

/** Secrets by the lower-case name of the key. */
export class Keys {
  readonly #secrets = new Map<string, Uint8Array>()

  add(name: Name, secret: Uint8Array): void {
    if (this.#secrets.size < MAX_KEYS) this.#secrets.set(textOf(name), secret)
  }

  find(name: Name): Uint8Array | undefined {
    return this.#secrets.get(textOf(name))
  }

  get count(): number {
    return this.#secrets.size
  }
}

/** A secret in base64; undefined for what is none. */
export function parseSecret(text: string): Uint8Array | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

/** A `key` statement of a file. */
export interface KeyStatement {
  readonly name: string
  readonly secret: string
}

/**
 * Reads `key NAME { algorithm WORD; secret "BASE64"; };` as often as it is there.
 * @throws SyntaxError with the line of what is something else
 */
export function parseKeyFile(text: string): KeyStatement[] {
  const words = [...text.matchAll(WORDS)].flatMap((match) => {
    const [word] = match
    return /^(\/\/|#|\/\*)/.test(word) ? [] : [{ word, line: lineAt(text, match.index) }]
  })
  const statements: KeyStatement[] = []
  let at = 0
  const next = (wanted?: string): string => {
    const { word, line } = words[at] ?? { word: 'the end', line: lineAt(text, text.length) }
    if (word === 'the end' || (wanted !== undefined && word !== wanted)) {
      throw new SyntaxError(`line ${line}: expected ${wanted ?? 'a word'}, got ${word}`)
    }
    at++
    return word.replace(/^"(.*)"$/, '$1')
  }
  while (at < words.length) {
    next('key')
    const name = next()
    let secret = ''
    next('{')
    while (words[at]?.word !== '}') {
      const option = next()
      const value = next()
      next(';')
      if (option === 'secret') secret = value
    }
    next('}')
    next(';')
    statements.push({ name, secret })
  }
  return statements
}

const WORDS = /\/\*[\s\S]*?\*\/|(?:\/\/|#).*|"[^"\n]*"|[{};]|[^\s{};"]+/g

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function textOf(name: Name): string {
  return name.toLowerCase().toString()
}
