/**
 * Extra configuration in files: one file, or a directory such as a mounted ConfigMap, in which
 * `Corefile` and `*.server` count (the second is how AKS names them). What is missing is awaited.
 */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError } from '@fingerpost/sdk'
import { diskFiles } from '../corefile/files.ts'
import {
  type ExtraReading,
  type ExtraSource,
  type ExtraText,
  MAX_EXTRA_BYTES,
} from './extra-source.ts'

/** The source for a path as the user named it. */
export function extraFiles(path: string): ExtraSource {
  return { read: () => readExtraFiles(path) }
}

/** Whether a file of a directory, or a key of a ConfigMap, is extra configuration. */
export function isExtraName(name: string): boolean {
  return name === 'Corefile' || /^[^.].*\.server$/.test(name)
}

async function readExtraFiles(path: string): Promise<ExtraReading> {
  const absolute = resolve(path)
  if (diskFiles.kind(absolute) !== 'directory') {
    const found = await readText(path)
    // It may become a directory as well as a file.
    return {
      texts: found === undefined ? [] : [found],
      files: [absolute],
      directories: [],
      warnings: [],
    }
  }
  const names = listNames(absolute)
  const [wanted, others] = [names.filter(isExtraName), names.filter((name) => !isExtraName(name))]
  const texts = await Promise.all(wanted.map((name) => readText(join(path, name))))
  return {
    texts: texts.filter((text) => text !== undefined),
    files: [absolute, ...wanted.map((name) => join(absolute, name))],
    directories: [absolute],
    warnings: others.map((name) => leftOut(join(path, name))),
  }
}

/** Visible names: kubelet's `..data` and what editors leave for a moment are none of ours. */
function listNames(directory: string): string[] {
  try {
    return [...diskFiles.list(directory)].filter((name) => !name.startsWith('.')).sort()
  } catch {
    return []
  }
}

async function readText(path: string): Promise<ExtraText | undefined> {
  try {
    const octets = await readFile(path)
    if (octets.length <= MAX_EXTRA_BYTES) return { path, text: octets.toString('utf8') }
    return { path, text: fault(path, `is larger than ${MAX_EXTRA_BYTES} octets`) }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return { path, text: fault(path, `can't be read: ${message}`, cause) }
  }
}

function fault(path: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError('file', `the extra configuration ${path} ${reason}`, { cause })
}

function leftOut(path: string): ConfigError {
  return new ConfigError('file', `the file ${path} is left out`, {
    suggestion: 'in a directory of extra configuration, Corefile and *.server count',
  })
}
