/**
 * How one cluster's API is reached: where it is, and the certificates and the token to show it.
 * Secrets are read from their files when they are needed, since all of them rotate.
 */

import { type Clock, ConfigError, type Files, type TlsOptions, type Token } from '@fingerpost/sdk'

/** The way to one API server. */
export interface Access {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** For the `host` field, and for people. */
  readonly authority: string
  /** Equal for the same server with the same credentials. It holds secrets: not for people. */
  readonly identity: string
  /** In front of every path: empty, or with a slash first and none at the end. */
  readonly basePath: string
  /** What a new connection is secured with; undefined for plain text. */
  tls(): Promise<TlsOptions | undefined>
  /** The value of the `authorization` field, if there is one. */
  authorization(): Promise<string | undefined>
  /** The server took the credentials for wrong: the next ones are read anew. */
  forget(): void
}

/** What secrets are read with. */
export interface Surroundings {
  readonly files: Files
  readonly clock: Clock
  /** The place in the configuration that a mistake is reported at. */
  readonly at?: Token | undefined
}

/** Credentials, each as a path or as the thing itself. */
export interface Credentials {
  readonly caPath?: string | undefined
  readonly certPath?: string | undefined
  readonly keyPath?: string | undefined
  readonly tokenPath?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** The whole value of `authorization`. */
  readonly authorization?: string | undefined
  /** The name in the server's certificate, if it isn't the host. */
  readonly serverName?: string | undefined
}

/** Tokens of service accounts are replaced long before they end; client-go looks as often. */
const TOKEN_MAX_AGE_MS = 60_000
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The way to a server at a URL. Without a scheme it is HTTPS if there are certificates.
 * @throws ConfigError when the URL is none
 */
export function accessAt(url: string, credentials: Credentials, around: Surroundings): Access {
  const { host, port, basePath, isSecure } = parseUrl(url, hasCertificates(credentials), around)
  const bracketed = host.includes(':') ? `[${host}]` : host
  const token = new TokenFile(credentials.tokenPath, around)
  return {
    host,
    port,
    authority: port === (isSecure ? 443 : 80) ? bracketed : `${bracketed}:${port}`,
    identity: JSON.stringify([isSecure, host, port, basePath, resolved(credentials, around)]),
    basePath,
    tls: async () => (isSecure ? readTls(host, credentials, around) : undefined),
    authorization: async () => credentials.authorization ?? (await token.authorization()),
    forget: () => token.forget(),
  }
}

/**
 * The way from inside a pod to its own cluster, with the pod's service account.
 * @throws ConfigError when this is no pod
 */
export function inClusterAccess(
  environment: (name: string) => string | undefined,
  around: Surroundings,
): Access {
  const host = environment('KUBERNETES_SERVICE_HOST') ?? ''
  const port = environment('KUBERNETES_SERVICE_PORT') ?? ''
  if (host === '' || port === '') {
    throw new ConfigError(
      'setup',
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and ' +
        'KUBERNETES_SERVICE_PORT must be defined',
      { at: around.at, suggestion: 'outside of a cluster, use endpoint or kubeconfig' },
    )
  }
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return accessAt(
    url,
    { caPath: `${SERVICE_ACCOUNT}/ca.crt`, tokenPath: `${SERVICE_ACCOUNT}/token` },
    around,
  )
}

/**
 * Reads everything once, so that a mistake is told at the start.
 * @throws ConfigError (rejects) when a file can't be read
 */
export async function checkAccess(access: Access, { at }: Surroundings): Promise<void> {
  try {
    await access.tls()
    await access.authorization()
  } catch (cause) {
    throw new ConfigError('file', (cause as Error).message, { at, cause })
  }
}

async function readTls(
  host: string,
  credentials: Credentials,
  { files }: Surroundings,
): Promise<TlsOptions> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : files.readText(path)
  const [ca, cert, key] = await Promise.all([
    credentials.ca ?? read(credentials.caPath),
    credentials.cert ?? read(credentials.certPath),
    credentials.key ?? read(credentials.keyPath),
  ])
  // An address is checked against the certificate's addresses and can't be a server name.
  const serverName = credentials.serverName ?? (isAddress(host) ? undefined : host)
  return { serverName, ca, cert, key, alpn: ['http/1.1'] }
}

class TokenFile {
  readonly #path: string | undefined
  readonly #around: Surroundings
  #known: string | undefined
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(path: string | undefined, around: Surroundings) {
    this.#path = path
    this.#around = around
  }

  async authorization(): Promise<string | undefined> {
    if (this.#path === undefined) return undefined
    const { clock, files } = this.#around
    if (clock.now() - this.#readAtMs < TOKEN_MAX_AGE_MS) return this.#known
    try {
      this.#known = `Bearer ${(await files.readText(this.#path)).trim()}`
      this.#readAtMs = clock.now()
    } catch (error) {
      // While the file is being replaced, the token read before is the best there is.
      if (this.#known === undefined) throw error
    }
    return this.#known
  }

  forget(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY
  }
}

interface Place {
  readonly host: string
  readonly port: number
  readonly basePath: string
  readonly isSecure: boolean
}

function parseUrl(text: string, isSecureByDefault: boolean, { at }: Surroundings): Place {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const whole = hasScheme ? text : `${isSecureByDefault ? 'https' : 'http'}://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError('bad-value', `'${text}' is no URL of an API server`, {
      at,
      suggestion: 'https://host:port',
    })
  }
  const isSecure = url.protocol === 'https:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (isSecure ? 443 : 80),
    basePath: url.pathname.replace(/\/+$/, ''),
    isSecure,
  }
}

/** The same credentials with paths that don't depend on a *root*. */
function resolved(credentials: Credentials, { files }: Surroundings): Credentials {
  const path = (one: string | undefined) => (one === undefined ? undefined : files.resolve(one))
  const { caPath, certPath, keyPath, tokenPath } = credentials
  return {
    ...credentials,
    caPath: path(caPath),
    certPath: path(certPath),
    keyPath: path(keyPath),
    tokenPath: path(tokenPath),
  }
}

function hasCertificates({ ca, caPath, cert, certPath }: Credentials): boolean {
  return [ca, caPath, cert, certPath].some((one) => one !== undefined)
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
}
