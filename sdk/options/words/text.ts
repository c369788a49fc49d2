/** Words of a free or a closed vocabulary: any text, a path, one of several, on or off. */

import type { Word } from '../schema.ts'
import { word } from '../word.ts'

/** Any word, as it is. */
export const text: Word<string> = word<string>({
  expects: 'a word',
  name: 'TEXT',
  parse: (text) => text,
})

/** A path of a file or a directory; it is not looked for here. */
export const path: Word<string> = word<string>({
  expects: 'a path',
  name: 'PATH',
  example: '/etc/hosts',
  parse: (text, refuse) => (text === '' || text.includes('\0') ? refuse() : text),
})

/**
 * One of several words, in this spelling.
 *
 * @example oneOf('random', 'round_robin', 'sequential')
 */
export function oneOf<const C extends readonly [string, ...string[]]>(
  ...choices: C
): Word<C[number]> {
  return word<C[number]>({
    expects: listed(choices),
    choices,
    parse: (text, refuse) => (choices.includes(text) ? text : refuse()),
  })
}

/** `on` or `off`. */
export const onOff: Word<boolean> = word<boolean>({
  expects: 'on or off',
  choices: ['on', 'off'],
  format: (value) => (value ? 'on' : 'off'),
  parse: (text, refuse) => (text === 'on' ? true : text === 'off' ? false : refuse()),
})

function listed(choices: readonly string[]): string {
  if (choices.length < 3) return choices.join(' or ')
  return `one of ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}
