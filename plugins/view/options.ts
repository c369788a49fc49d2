/** The options of *view*. */

import { args, directive, expression, many, required, text } from '@fingerpost/sdk'

export const options = directive({
  args: args(text),
  block: { expr: required(many(expression)) },
})
