/** *autopath*: follows the search path of clients here, so that they need not ask name by name. */

import {
  ConfigError,
  definePlugin,
  type Host,
  Name,
  parseSearchList,
  type Query,
  Rcode,
} from '@fingerpost/sdk'
import { options } from './options.ts'
import { type Walked, walk } from './walk.ts'

export default definePlugin({
  name: 'autopath',
  options,
  async setup({ zones, source }, host: Host) {
    const served = zones.length > 0 ? zones : host.block.zones
    const file = 'path' in source ? await SearchFile.open(source.path, host) : undefined
    const searchPath = (query: Query): readonly Name[] | undefined => {
      if (file !== undefined) return file.path
      for (const { plugin, offer } of host.offers('searchPath')) {
        if ('plugin' in source && plugin === source.plugin) return offer.searchPath(query)
      }
      return undefined
    }
    const found = host.counter(
      'success_total',
      'Queries that another domain of the path answered.',
      ['server'],
    )
    const count = ({ listener }: Query, { response, isFound }: Walked) => {
      if (isFound) found.labels(listener.label).add()
      return response
    }
    return {
      onQuery(query, next) {
        const { qname } = query
        if (!served.some((zone) => qname.isSubdomainOf(zone))) return
        const path = searchPath(query)
        const domain = path?.[0]
        if (path === undefined || domain === undefined || !qname.isSubdomainOf(domain)) return
        const labels = qname.labelCount - domain.labelCount
        // There is nothing in front of the domain that could be looked for elsewhere.
        if (labels === 0) return query.reply({ rcode: Rcode.SERVFAIL })
        const base = qname.leftmost(labels)
        const walked = walk(query, base, path, next)
        return walked instanceof Promise
          ? walked.then((ended) => count(query, ended))
          : count(query, walked)
      },
      shutdown: () => file?.close(),
    }
  },
})

/** The search path of a file like resolv.conf, with the name as it is at the end. */
class SearchFile {
  path: readonly Name[] = []
  readonly #host: Host
  readonly #name: string
  #unwatch: (() => void) | undefined

  private constructor(name: string, host: Host) {
    this.#name = name
    this.#host = host
  }

  /** @throws ConfigError when the file can't be read */
  static async open(name: string, host: Host): Promise<SearchFile> {
    const file = new SearchFile(name, host)
    try {
      await file.#read()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError('file', `failed to parse "${name}": ${reason}`, {
        at: host.block.at,
        cause,
      })
    }
    file.#unwatch = host.files.watch(name, () => {
      void file.#read().catch((error) => {
        host.log.warning(`${name} cannot be read; the search path stays: ${String(error)}`)
      })
    })
    return file
  }

  close(): void {
    this.#unwatch?.()
  }

  async #read(): Promise<void> {
    this.path = [...parseSearchList(await this.#host.files.readText(this.#name)), Name.root]
  }
}
