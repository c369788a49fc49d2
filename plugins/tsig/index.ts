/** *tsig*: checks the signatures of queries, and signs what answers them. RFC 8945. */

import {
  ConfigError,
  ConfigErrors,
  definePlugin,
  type Host,
  Name,
  parseNameText,
  parseQuery,
  type Query,
  Rcode,
} from '@fingerpost/sdk'
import { Keys, parseKeyFile, parseSecret } from './keys.ts'
import { options, type TsigOptions } from './options.ts'
import { findTsig } from './record.ts'
import { stripTsig, TsigError, verifyTsig } from './signer.ts'

export default definePlugin({
  name: 'tsig',
  options,
  async setup({ args: [own], block }: TsigOptions, host: Host) {
    const served = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const keys = new Keys()
    for (const [name, secret] of block.secret) keys.add(Name.parseText(name), secret)
    await readKeyFiles(block.secrets, keys, host)
    const required = block.require ?? 'none'
    const isRequired = (qtype: number): boolean =>
      required === 'all' || (required !== 'none' && required.includes(qtype))
    const nowSeconds = (): number => Math.floor(host.clock.wallNow() / 1000)
    const failures = host.counter('fingerpost_tsig_failures_total', 'Signatures not accepted.')
    return {
      onQuery(query, next) {
        if (!served.some((zone) => query.qname.isSubdomainOf(zone))) return
        const wire = query.receivedWire
        const found = findTsig(wire, query.questionEnd)
        if (found === undefined) {
          return isRequired(query.qtype) ? query.reply({ rcode: Rcode.REFUSED }) : undefined
        }
        const { at, record } = found
        if (record === undefined) return query.reply({ rcode: Rcode.FORMERR })
        const { error, seal } = verifyTsig(wire, { at, record }, keys, nowSeconds)
        query.seal = seal
        if (error !== TsigError.NONE) {
          failures.add()
          host.log.debug(`${query} of ${query.clientAddress}: TSIG error ${error}`)
          return query.reply({ rcode: Rcode.NOTAUTH, isAuthoritative: false })
        }
        return next(bareQuery(query, at))
      },
    }
  },
})

/** The query as the plugins behind see it: they have no use for the signature. */
function bareQuery(query: Query, tsigAt: number): Query {
  const bare = parseQuery(stripTsig(query.wire, tsigAt), query)
  // What could be parsed with the record can be without it.
  return typeof bare === 'number' ? query : bare
}

/** @throws ConfigErrors for files that can't be read or have something else in them */
async function readKeyFiles(paths: readonly string[], keys: Keys, host: Host): Promise<void> {
  const errors: ConfigError[] = []
  const fail = (path: string, reason: string, cause?: unknown): void => {
    const { at } = host.block
    errors.push(new ConfigError('file', `secrets ${path}: ${reason}`, { at, cause }))
  }
  for (const path of paths) {
    try {
      for (const { name, secret } of parseKeyFile(await host.files.readText(path))) {
        const parsedName = parseNameText(name)
        const parsedSecret = parseSecret(secret)
        if (parsedName === undefined) fail(path, `'${name}' is no name of a key`)
        else if (parsedSecret === undefined) fail(path, `the secret of ${name} is not in base64`)
        else keys.add(parsedName, parsedSecret)
      }
    } catch (cause) {
      fail(path, cause instanceof Error ? cause.message : String(cause), cause)
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
}
