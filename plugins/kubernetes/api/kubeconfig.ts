/** Reads a kubeconfig file: the cluster, the user and the context of a client of the API. */

import { ConfigError } from '@fingerpost/sdk'
import { type Fields, fieldsOf } from '../json.ts'
import { type Access, accessAt, type Credentials, type Surroundings } from './access.ts'

export interface KubeconfigOptions {
  readonly path: string
  /** The file's `current-context` when undefined. */
  readonly context?: string | undefined
  /** Parses YAML; kubeconfigs in JSON are YAML, too. */
  parseYaml(text: string): unknown
}

/**
 * The way to the API server that a kubeconfig file describes.
 * @throws ConfigError (rejects) when the file can't be read, when something is missing in it, and
 * for what isn't supported: programs that make credentials, proxies, and no verification
 */
export async function kubeconfigAccess(
  options: KubeconfigOptions,
  around: Surroundings,
): Promise<Access> {
  const refuse = (message: string, cause?: unknown, suggestion?: string): ConfigError => {
    const { at } = around
    return new ConfigError('file', `kubeconfig ${options.path}: ${message}`, {
      at,
      cause,
      suggestion,
    })
  }
  const text = await around.files.readText(options.path).catch((cause: Error) => {
    throw refuse(cause.message, cause)
  })
  let config: Fields
  try {
    config = fieldsOf(options.parseYaml(text))
  } catch (cause) {
    throw refuse(`no YAML: ${(cause as Error).message}`, cause)
  }
  const contextName = options.context ?? textOf(config['current-context']) ?? ''
  if (contextName === '') throw refuse('no context is given, and there is no current-context')
  const context = named(config, 'contexts', 'context', contextName)
  if (context === undefined) throw refuse(`there is no context '${contextName}'`)
  const cluster = named(config, 'clusters', 'cluster', textOf(context.cluster) ?? '')
  const server = textOf(cluster?.server)
  if (cluster === undefined || server === undefined) {
    throw refuse(`the context '${contextName}' has no cluster with a server`)
  }
  const user = named(config, 'users', 'user', textOf(context.user) ?? '') ?? {}
  const unsupported = findUnsupported(cluster, user)
  if (unsupported !== undefined) {
    throw refuse(`${unsupported} is not supported`, undefined, insteadOf[unsupported])
  }
  const directory = around.files.resolve(options.path).replace(/[^/\\]*$/, '')
  try {
    return accessAt(server, credentialsOf(cluster, user, directory), around)
  } catch (cause) {
    throw cause instanceof ConfigError ? cause : refuse((cause as Error).message, cause)
  }
}

function credentialsOf(cluster: Fields, user: Fields, directory: string): Credentials {
  const path = (name: string, fields: Fields): string | undefined => {
    const text = textOf(fields[name])
    return text === undefined || isAbsolute(text) ? text : `${directory}${text}`
  }
  const token = textOf(user.token)
  const username = textOf(user.username)
  const basic = username === undefined ? undefined : `${username}:${textOf(user.password) ?? ''}`
  const tokenPath = path('tokenFile', user)
  return {
    ca: dataOf(cluster, 'certificate-authority-data'),
    caPath: path('certificate-authority', cluster),
    cert: dataOf(user, 'client-certificate-data'),
    certPath: path('client-certificate', user),
    key: dataOf(user, 'client-key-data'),
    keyPath: path('client-key', user),
    tokenPath,
    // As everywhere, the file comes before the token itself, and both before a password.
    authorization:
      tokenPath !== undefined
        ? undefined
        : token !== undefined
          ? `Bearer ${token}`
          : basic && `Basic ${btoa(basic)}`,
    serverName: textOf(cluster['tls-server-name']),
  }
}

/** What a DNS server should not do for its API, and what to write instead. */
const insteadOf = {
  'insecure-skip-tls-verify':
    "name the CA with certificate-authority, or the certificate's name with tls-server-name",
  'proxy-url': 'reach the API without a proxy',
  exec: 'no programs are run: use token, tokenFile or client-certificate',
  'auth-provider': 'use token, tokenFile or client-certificate',
  as: 'use the credentials of the one to act as',
} as const

function findUnsupported(cluster: Fields, user: Fields): keyof typeof insteadOf | undefined {
  if (cluster['insecure-skip-tls-verify'] === true) return 'insecure-skip-tls-verify'
  if (textOf(cluster['proxy-url']) !== undefined) return 'proxy-url'
  const ofUser = ['exec', 'auth-provider', 'as'] as const
  return ofUser.find((name) => (user[name] ?? undefined) !== undefined)
}

/** What stands under `key` in the entry of a list that has a name. */
function named(config: Fields, list: string, key: string, name: string): Fields | undefined {
  const entries = config[list]
  if (!Array.isArray(entries)) return undefined
  const entry = entries.map(fieldsOf).find((one) => one.name === name)
  return entry && fieldsOf(entry[key])
}

/** A PEM text in base64. */
function dataOf(fields: Fields, name: string): string | undefined {
  const text = textOf(fields[name])
  if (text === undefined) return undefined
  try {
    return atob(text.replace(/\s/g, ''))
  } catch (cause) {
    throw new Error(`${name} is no base64`, { cause })
  }
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[a-z]:[/\\]/i.test(path)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
