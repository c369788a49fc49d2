/**
 * Reads the part of a Prometheus web configuration file that says how metrics are served over
 * HTTPS: `tls_server_config`. Of YAML, sections of plain or quoted values are understood.
 */

import { ConfigError, type Host, type Located, type TlsSettings } from '@fingerpost/sdk'

const SECTION = 'tls_server_config'

const clientAuths: Readonly<Record<string, TlsSettings['clientAuth']>> = {
  NoClientCert: 'nocert',
  RequestClientCert: 'request',
  RequireAnyClientCert: 'require',
  VerifyClientCertIfGiven: 'verify_if_given',
  RequireAndVerifyClientCert: 'require_and_verify',
}

/**
 * Reads the file that the option `tls` names. Paths in it are relative to its own directory.
 * @throws ConfigError when it can't be read, or says something that would be left undone
 */
export async function readWebConfig(
  { value: name, at }: Located<string>,
  { files }: Host,
): Promise<TlsSettings> {
  const fail = (reason: string, cause?: unknown): ConfigError =>
    new ConfigError('file', `${name}: ${reason}`, { at, cause })
  let text: string
  try {
    text = await files.readText(name)
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), error)
  }
  const settings = parseSection(text, fail)
  const take = (key: string): string | undefined => {
    const value = settings.get(key)
    settings.delete(key)
    return value
  }
  const directory = files.resolve(name).replace(/[^/]*$/, '')
  const pathOf = (value: string): string => (value.startsWith('/') ? value : directory + value)
  const cert = take('cert_file')
  const key = take('key_file')
  const ca = take('client_ca_file')
  const clientAuth = clientAuths[take('client_auth_type') || 'NoClientCert']
  const minVersion = take('min_version') ?? 'TLS12'
  const [unknown] = settings.keys()
  if (unknown !== undefined) throw fail(`${SECTION} has no option '${unknown}' here`)
  if (!cert || !key) throw fail(`${SECTION} needs cert_file and key_file`)
  if (clientAuth === undefined) {
    throw fail(`client_auth_type is one of ${Object.keys(clientAuths).join(', ')}`)
  }
  if (minVersion !== 'TLS12') throw fail('min_version can only be TLS12')
  return {
    certPath: pathOf(cert),
    keyPath: pathOf(key),
    caPath: ca ? pathOf(ca) : undefined,
    clientAuth,
    keylogPath: undefined,
    at,
  }
}

/** The settings of the section; a file with any other one asks for more than is done here. */
function parseSection(text: string, fail: (reason: string) => ConfigError): Map<string, string> {
  const settings = new Map<string, string>()
  let section: string | undefined
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$|---\s*$)/.test(line)) continue
    const entry = /^( *)([a-z_]+):(?:\s+(.*))?$/.exec(line)
    if (entry === null) throw fail(`line ${i + 1} is not 'key: value'`)
    const [, indent = '', key = '', rest = ''] = entry
    const value = parseScalar(rest)
    if (value === undefined) throw fail(`line ${i + 1}: this kind of value is not understood`)
    if (indent === '') {
      if (key !== SECTION || value !== '') throw fail(`line ${i + 1}: '${key}' is not served here`)
      section = key
    } else {
      if (section === undefined) throw fail(`line ${i + 1} belongs to no section`)
      if (settings.has(key)) throw fail(`line ${i + 1}: '${key}' was set before`)
      settings.set(key, value)
    }
  }
  return settings
}

/** A plain or quoted value, without the comment behind it. */
function parseScalar(text: string): string | undefined {
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/.exec(text)
  if (quoted) return quoted[1] ?? quoted[2]
  const plain = text.replace(/(^|\s)#.*$/, '').trim()
  return /^["'[{|>&*!%@`]/.test(plain) ? undefined : plain
}
