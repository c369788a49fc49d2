/** `fingerpost new plugin NAME [DIR]`: a folder with a plugin that works, its tests and a README. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { isPluginName } from '../loader/search.ts'
import { version } from '../version.ts'
import { pluginTemplates } from './templates.ts'

/** What a new plugin needs to know of the program that makes it. */
export interface NewPluginOptions {
  /** Names that are taken by built-in plugins. */
  readonly taken: (name: string) => boolean
  /** The SDK to work with; undefined leaves it to npm. */
  readonly sdk?: LocalSdk | undefined
}

/** The SDK as it is beside this program, or in it. */
export interface LocalSdk {
  readonly directory: string
  /** Sources are linked to, and stay what they are; a package is copied. */
  readonly isSource: boolean
}

/** What was made. */
export interface NewPlugin {
  /** The plugin's folder. */
  readonly directory: string
  readonly files: readonly string[]
}

/**
 * Makes the folder `NAME` in `parent`.
 * @throws NewPluginError for a name that can't be used, or a folder that has something in it
 */
export async function newPlugin(
  name: string,
  parent: string,
  { taken, sdk }: NewPluginOptions,
): Promise<NewPlugin> {
  if (!isPluginName(name) || !/^[a-z]/.test(name)) {
    throw new NewPluginError(
      `'${name}' can't be a plugin's name: a lower-case letter, then letters, digits, - and _`,
    )
  }
  if (taken(name)) throw new NewPluginError(`there is a built-in plugin '${name}'`)
  const directory = resolve(parent, name)
  await mkdir(directory, { recursive: true })
  if ((await readdir(directory)).length > 0) throw new NewPluginError(`${directory} is not empty`)
  const templates = pluginTemplates({
    name,
    sdk: dependencyOn(sdk),
  })
  for (const [file, text] of Object.entries(templates)) await writeFile(join(directory, file), text)
  if (sdk !== undefined) await install(sdk, directory)
  return { directory, files: Object.keys(templates) }
}

/** What to do next, for people. */
export function describeNewPlugin({ directory, files }: NewPlugin): string {
  const lines = files.map((file) => `  ${file}`)
  return (
    `${directory}\n${lines.join('\n')}\n\nTry it:\n  cd ${shellWord(directory)}\n` +
    '  fingerpost -conf Corefile -plugin-dir ..\n  dig @127.0.0.1 -p 1053 example.org TXT\n'
  )
}

/** The SDK in an executable, in a checkout, or beside the build for Node. */
export function findSdk(): LocalSdk | undefined {
  for (const place of ['./sdk', '../../sdk', '../sdk']) {
    const directory = fileURLToPath(new URL(place, import.meta.url))
    if (existsSync(join(directory, 'testing/index.ts'))) return { directory, isSource: true }
    if (existsSync(join(directory, 'testing.js'))) return { directory, isSource: false }
  }
  return undefined
}

/** A request that can't be met; the message is for the user. */
export class NewPluginError extends Error {
  override readonly name = 'NewPluginError'
}

// Where a copy of the SDK lies in a plugin's folder.
const OWN_SDK = '.fingerpost/sdk'

function dependencyOn(sdk: LocalSdk | undefined): string {
  if (sdk === undefined) return `^${version}`
  return `file:${sdk.isSource ? sdk.directory : OWN_SDK}`
}

/** What `npm install` would do: types and tests work at once, and without a network. */
async function install({ directory, isSource }: LocalSdk, home: string): Promise<void> {
  const scope = join(home, 'node_modules/@fingerpost')
  await mkdir(scope, { recursive: true })
  if (!isSource) await copy(directory, join(home, OWN_SDK))
  await symlink(isSource ? directory : join('../..', OWN_SDK), join(scope, 'sdk'), 'dir')
}

/** An executable's own files can be read, but not copied by the system. */
async function copy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from)) {
    const source = join(from, entry)
    if ((await stat(source)).isDirectory()) await copy(source, join(to, entry))
    else await writeFile(join(to, entry), await readFile(source))
  }
}

function shellWord(path: string): string {
  const shown = path.startsWith(`${process.cwd()}/`) ? path.slice(process.cwd().length + 1) : path
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}
