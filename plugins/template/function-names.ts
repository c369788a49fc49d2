/** Why a word is no function, in words for who wrote it. */

import { templateFunctions } from './functions.ts'

// Go has them; nothing that is a record needs them.
const REFUSED = 'html js urlquery call slice println define template block break continue nil'
const WORDS = 'if else end range with'

/** Gives the reason why `name` can't be called. */
export function nearestFunction(name: string): string {
  if (WORDS.split(' ').includes(name)) return `'${name}' can't be here`
  const isRefused = REFUSED.split(' ').includes(name)
  const known = [...Object.keys(templateFunctions), 'and', 'or'].join(', ')
  return `${isRefused ? `'${name}' is not to be had` : `no function '${name}'`}; there are ${known}`
}
