/**
 * Plugins from files under Node and Deno, by way of Node's module hooks: what a plugin imports by
 * relative path gets the version that the plugin was imported with. Node before 22.15 runs hooks
 * in a thread of their own, so there they are handed over as text.
 */

import * as nodeModule from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { OnPluginFile, PluginImporter, SdkModules } from './plugin-import.ts'
import { type SdkPart, sdkParts } from './plugin-import.ts'

/** Makes the runtime know the SDK by name and read plugin modules afresh. To be called once. */
export function prepareHooks(sdk: SdkModules): PluginImporter['importFresh'] {
  const watchers = new Map<string, OnPluginFile>()
  const onUrl: OnUrl = (url, version) => watchers.get(version)?.(fileURLToPath(url))
  const bridge = openBridge(sdk)
  const { registerHooks } = nodeModule as Partial<typeof nodeModule>
  let settle = (): void => {}
  if (registerHooks === undefined) settle = registerInThread(bridge, onUrl)
  else registerHooks(makeHooks(bridge, onUrl))
  let count = 0
  return async (path, onFile) => {
    const version = String(++count)
    watchers.set(version, onFile)
    onFile(path)
    try {
      return await import(`${pathToFileURL(path).href}?fingerpost=${version}`)
    } finally {
      settle()
    }
  }
}

type OnUrl = (url: string, version: string) => void

/** Texts of modules that give plugins the SDK of this program, by name. */
type Bridge = Readonly<Record<string, string>>

function openBridge(sdk: SdkModules): Bridge {
  const key = 'fingerpost.sdk'
  Object.defineProperty(globalThis, Symbol.for(key), { value: sdk })
  const shared = `globalThis[Symbol.for('${key}')]`
  const parts = (Object.keys(sdkParts) as SdkPart[]).map((part) => [
    `@fingerpost/sdk/${part}`,
    exporting(`await ${shared}.load('${part}')`, sdkParts[part]),
  ])
  const main = exporting(`${shared}.main`, Object.keys(sdk.main))
  return { '@fingerpost/sdk': main, ...Object.fromEntries(parts) }
}

const exporting = (source: string, names: readonly string[]): string =>
  `export const { ${names.join(', ')} } = ${source}`

interface Context {
  readonly parentURL?: string | undefined
}
interface Resolved {
  url: string
}
/**
 * The hooks. Stands on its own feet, because Node 20 gets it as text; there, what `next` gives is
 * a promise.
 */
function makeHooks(bridge: Bridge, onUrl: OnUrl): nodeModule.RegisterHooksOptions {
  const versioned = (resolved: Resolved, version: string): Resolved => {
    if (!resolved.url.startsWith('file:')) return resolved
    const url = resolved.url.replace(/\?fingerpost=\d+$/, '')
    onUrl(url, version)
    return { ...resolved, url: `${url}?fingerpost=${version}` }
  }
  const hooks = {
    resolve(
      specifier: string,
      context: Context,
      next: (specifier: string, context: Context) => Resolved | Promise<Resolved>,
    ) {
      const parent = context.parentURL ?? ''
      const version = /\?fingerpost=(\d+)$/.exec(parent)?.[1]
      if (version === undefined && !parent.includes('/node_modules/')) {
        return next(specifier, context)
      }
      if (Object.hasOwn(bridge, specifier)) {
        return { url: `fingerpost:${specifier}`, format: 'module', shortCircuit: true }
      }
      const found = next(specifier, context)
      if (version === undefined || !/^(\.{0,2}\/|file:)/.test(specifier)) return found
      return found instanceof Promise
        ? found.then((resolved) => versioned(resolved, version))
        : versioned(found, version)
    },
    load(url: string, context: object, next: (url: string, context: object) => unknown) {
      const name = url.startsWith('fingerpost:') ? url.slice('fingerpost:'.length) : ''
      if (!Object.hasOwn(bridge, name)) return next(url, context)
      return { format: 'module', shortCircuit: true, source: bridge[name] }
    },
  }
  return hooks as unknown as nodeModule.RegisterHooksOptions
}

/** Registers the hooks in the thread for them. Returns how to take in what they have told. */
function registerInThread(bridge: Bridge, onUrl: OnUrl): () => void {
  const { port1, port2 } = new MessageChannel()
  const take = ({ url, version }: Told): void => onUrl(url, version)
  port1.on('message', take)
  port1.unref()
  const text = `
    let hooks
    export const initialize = ({ bridge, port }) => {
      hooks = (${makeHooks})(bridge, (url, version) => port.postMessage({ url, version }))
    }
    export const resolve = (...all) => hooks.resolve(...all)
    export const load = (...all) => hooks.load(...all)
  `
  nodeModule.register(`data:text/javascript,${encodeURIComponent(text)}`, {
    data: { bridge, port: port2 },
    transferList: [port2],
  })
  return () => {
    for (let told = receive(port1); told !== undefined; told = receive(port1)) take(told)
  }
}

interface Told {
  readonly url: string
  readonly version: string
}

const receive = (port: MessagePort): Told | undefined => receiveMessageOnPort(port)?.message
