/** The options of *autopath*: zones, then a file like resolv.conf or `@` and a plugin's name. */

import { custom, directive, Name, path, rest, zones } from '@fingerpost/sdk'

/** Whose queries are followed, and where the search path comes from. */
export interface AutopathOptions {
  /** Empty for those of the server block. */
  readonly zones: readonly Name[]
  /** A plugin that knows each client's search path, or a file with one for all. */
  readonly source: { readonly plugin: string } | { readonly path: string }
}

const words = custom<AutopathOptions>(
  (tokens, report) => {
    const last = tokens.at(-1)
    if (last === undefined) throw report.error('a file or @plugin is needed', undefined)
    const own = report.read(rest(zones), tokens.slice(0, -1))
    if (last.text === '@') throw report.error('the name of a plugin must follow the @', last)
    return {
      zones: own.map((zone) => Name.parseText(zone)),
      source: last.text.startsWith('@')
        ? { plugin: last.text.slice(1) }
        : { path: report.read(path, last) },
    }
  },
  { takes: '[ZONES…] RESOLV-CONF' },
)

export const options = directive({ args: words, transform: ({ args }): AutopathOptions => args })
