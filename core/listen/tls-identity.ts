/**
 * What a TLS listener shows and asks for: certificate, key, rules for clients. Read and checked as
 * a whole, so that a listener never has half of it. RFC 8446, RFC 7468.
 */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import process from 'node:process'
import type { TLSSocket } from 'node:tls'
import { ConfigError, type Files, type TlsSettings } from '@fingerpost/sdk'
import { errorCode } from './listen-error.ts'

/** The contents of the files that {@link TlsSettings} names. */
export interface TlsIdentity {
  readonly settings: TlsSettings
  /** The certificate and those between it and the client's trust anchor, as PEM. */
  readonly cert: string
  readonly key: string
  /** One PEM text for each certificate that clients' certificates may be signed with. */
  readonly ca: readonly string[] | undefined
}

/** Reads the files. @throws ConfigError at the directive's place */
export async function loadTls(files: Files, settings: TlsSettings): Promise<TlsIdentity> {
  const fail = failureAt(settings)
  const read = async (path: string, what: string): Promise<string> => {
    try {
      return await files.readText(path)
    } catch (error) {
      throw fail(`can't read the ${what} ${path}: ${reasonOf(error)}`, error)
    }
  }
  const cert = certificatesIn(await read(settings.certPath, 'certificate')).join('\n')
  const key = privateKeyIn(await read(settings.keyPath, 'private key'))
  const ca = settings.caPath === undefined ? undefined : await read(settings.caPath, 'CA file')
  checkPair(settings, cert, key)
  const identity = { settings, cert, key, ca: ca && checkedAuthorities(settings, ca) }
  await checkKeylog(settings)
  return identity as TlsIdentity
}

/** Whether two identities would make no difference to anybody. */
export function isSameTls(one: TlsIdentity | undefined, other: TlsIdentity | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.cert === other.cert &&
    one.key === other.key &&
    one.ca?.join() === other.ca?.join() &&
    one.settings.clientAuth === other.settings.clientAuth &&
    one.settings.keylogPath === other.settings.keylogPath
  )
}

/** Whether a client has shown what `clientAuth` asks for. */
export function admits({ settings: { clientAuth } }: TlsIdentity, socket: TLSSocket): boolean {
  switch (clientAuth) {
    case 'nocert':
    case 'request':
      return true
    case 'require':
      return hasCertificate(socket)
    case 'verify_if_given':
      return socket.authorized || !hasCertificate(socket)
    case 'require_and_verify':
      return socket.authorized && hasCertificate(socket)
  }
}

/** What `tls.createServer` takes. */
export function serverOptions(identity: TlsIdentity, protocols: readonly string[]) {
  const { cert, key, ca, settings } = identity
  return {
    cert,
    key,
    ...(ca && { ca: [...ca] }),
    minVersion: 'TLSv1.2' as const,
    ALPNProtocols: [...protocols],
    requestCert: settings.clientAuth !== 'nocert',
    // Told in the handshake; the other rules are no such rules of TLS and are heeded after it.
    rejectUnauthorized: settings.clientAuth === 'require_and_verify',
  }
}

function checkPair(settings: TlsSettings, cert: string, key: string): void {
  const fail = failureAt(settings)
  let certificate: X509Certificate
  let privateKey: KeyObject
  try {
    certificate = new X509Certificate(cert)
  } catch (error) {
    throw fail(`${settings.certPath} has no certificate in PEM form`, error)
  }
  try {
    privateKey = createPrivateKey(key)
  } catch (error) {
    throw fail(`${settings.keyPath} has no usable private key in PEM form`, error)
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw fail(`the key ${settings.keyPath} does not belong to ${settings.certPath}`)
  }
}

// Runtimes differ in how many certificates of one text they take.
function checkedAuthorities(settings: TlsSettings, text: string): readonly string[] {
  const fail = failureAt(settings)
  const found = certificatesIn(text)
  if (found.length === 0) throw fail(`${settings.caPath} has no certificate in PEM form`)
  try {
    for (const one of found) new X509Certificate(one)
  } catch (error) {
    throw fail(`${settings.caPath} has a certificate that can't be read`, error)
  }
  return found
}

// One file may have both, and other things in front; not every runtime looks for what it needs.
function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

function privateKeyIn(text: string): string {
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/
  return block.exec(text)?.[0] ?? ''
}

async function checkKeylog(settings: TlsSettings): Promise<void> {
  const { keylogPath } = settings
  if (keylogPath === undefined) return
  const fail = failureAt(settings)
  if (process.versions.deno !== undefined)
    throw fail('keylog does not work under Deno, which tells no TLS secrets')
  try {
    await appendFile(keylogPath, '', { mode: 0o600 })
  } catch (error) {
    throw fail(`can't write the key log ${keylogPath}: ${reasonOf(error)}`, error)
  }
}

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate() ?? {}).length > 0
}

type Fail = (message: string, cause?: unknown) => ConfigError

function failureAt({ at }: TlsSettings): Fail {
  return (message, cause) => new ConfigError('file', `plugin/tls: ${message}`, { at, cause })
}

function reasonOf(error: unknown): string {
  return reasons[errorCode(error)] ?? (error instanceof Error ? error.message : String(error))
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}
