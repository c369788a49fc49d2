/** Server blocks that ask for a transport which this version has no listener for. */

import { ConfigError } from '@fingerpost/sdk'
import type { Corefile } from './corefile/parse.ts'

/** One error for each key. */
export function refusedTransports({ blocks }: Corefile): ConfigError[] {
  return blocks
    .flatMap(({ keys }) => keys)
    .filter(({ transport }) => !SERVED.includes(transport))
    .map(
      ({ token, transport }) =>
        new ConfigError('listen', `this version does not serve ${transport}://`, {
          at: token,
          suggestion: transport === 'https3' ? 'serve https:// instead' : 'serve tls:// instead',
        }),
    )
}

const SERVED: readonly string[] = ['dns', 'tls', 'https']
