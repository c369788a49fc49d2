/** *tls*: certificate and rules for clients of `tls://` and `https://` server blocks. */

import {
  ConfigError,
  custom,
  definePlugin,
  directive,
  type Host,
  type Located,
  located,
  oneOf,
  optional,
  path,
  args as words,
} from '@fingerpost/sdk'

const files = words(located(path), located(path), optional(located(path)))

export default definePlugin({
  name: 'tls',
  options: directive({
    args: custom(
      (tokens, report) => {
        if (tokens.length > 0) return report.read(files, tokens)
        throw report.error(
          'CERT and KEY are missing: this version does not get certificates by itself (ACME)',
        )
      },
      { takes: 'CERT KEY [CA]' },
    ),
    block: {
      client_auth: optional(
        oneOf('nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'),
        'nocert',
      ),
      keylog: path,
    },
  }),
  async setup({ args: [cert, key, ca], block }, host) {
    await checkReadable(host, cert, 'certificate')
    await checkReadable(host, key, 'private key')
    if (ca !== undefined) await checkReadable(host, ca, 'CA file')
    const { keylog, client_auth: clientAuth } = block
    host.settings.tls = {
      certPath: host.files.resolve(cert.value),
      keyPath: host.files.resolve(key.value),
      caPath: ca && host.files.resolve(ca.value),
      clientAuth,
      keylogPath: keyLogPath(host, keylog),
      at: host.block.at,
    }
    if (keylog !== undefined) {
      host.log.warning(`secrets of connections are written to ${keylog}: who reads it reads them`)
    }
    return {}
  },
})

function keyLogPath({ files }: Host, keylog: string | undefined): string | undefined {
  return keylog === undefined ? undefined : files.resolve(keylog)
}

/** Whether the contents fit is found out by core, which knows of certificates. */
async function checkReadable(host: Host, file: Located<string>, what: string): Promise<void> {
  try {
    await host.files.read(file.value)
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code)
    const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
    const message = `can't read the ${what} ${file.value}: ${reason}`
    throw new ConfigError('file', message, { at: file.at, cause })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}
