/** What clients' `tls` names: `CERT KEY CA`, `CERT KEY`, `CA`, or nothing, for the system's authorities. */

import type { Token } from './config.ts'
import { ConfigError } from './errors.ts'
import type { Files, TlsOptions } from './host.ts'

/** A path and the place it was written at. */
interface LocatedPath {
  readonly value: string
  readonly at: Token
}

/**
 * Gives what reads the files, which were read once so that mistakes are told at the start.
 * @throws ConfigError (rejects) for a file that can't be read or is no PEM file
 */
export async function tlsFiles(
  paths: readonly LocatedPath[],
  files: Files,
): Promise<() => Promise<TlsOptions>> {
  const read = async (): Promise<TlsOptions> => {
    const texts = await Promise.all(paths.map((path) => readPem(path, files)))
    const [cert, key] = texts.length > 1 ? texts : []
    return { cert, key, ca: texts.length === 1 ? texts[0] : texts[2] }
  }
  await read()
  return read
}

async function readPem({ value, at }: LocatedPath, files: Files): Promise<string> {
  let text: string
  try {
    text = await files.readText(value)
  } catch (cause) {
    throw new ConfigError('file', `tls: ${value} cannot be read`, { at, cause })
  }
  if (text.includes('-----BEGIN ')) return text
  throw new ConfigError('file', `tls: ${value} is no PEM file`, { at })
}
