/** Lines of a hosts file that stand in the Corefile. */

import { type Host, nearest, type Statement } from '@fingerpost/sdk'
import { parseHostsAddress } from './hosts-table.ts'

/**
 * The text of the lines. CoreDNS says nothing of those that make no sense, be it an option that is
 * misspelled; here they are warned of.
 */
export function inlineText(
  lines: readonly Statement[],
  optionNames: readonly string[],
  host: Host,
): string {
  const texts: string[] = []
  for (const { keyword, args } of lines) {
    const at = `${keyword.source.path}:${keyword.line}`
    if (parseHostsAddress(keyword.text) === undefined) {
      const near = nearest(keyword.text, optionNames)
      const hint = near === undefined ? '' : `, did you mean "${near}"?`
      host.log.warning(`${at}: "${keyword.text}" is no IP address and no option${hint}; ignored`)
    } else if (args.length === 0) {
      host.log.warning(`${at}: there is no name after ${keyword.text}; ignored`)
    } else {
      texts.push([keyword, ...args].map(({ text }) => text).join(' '))
    }
  }
  return texts.join('\n')
}
