/**
 * Kubernetes objects from a directory of YAML files, as `kubectl apply` takes them: for trials,
 * demos and tests. The files are looked at every few seconds; a file that has become wrong keeps
 * what it said last.
 */

import type { Host } from '@fingerpost/sdk'
import { isLeaving, type Kind, reduceObject } from './objects.ts'
import { parseSelector } from './selector.ts'
import { keyOf, type ObjectSink, type ObjectSource } from './source.ts'
import type { Yaml } from './yaml.ts'

/** How often the directory is looked at. */
export const LOOK_MS = 2000
/** A larger file is not read. */
export const MAX_FILE_BYTES = 64 * 2 ** 20

export interface ManifestOptions {
  readonly directory: string
  readonly kinds: readonly Kind[]
  readonly labels?: string | undefined
  readonly namespaceLabels?: string | undefined
  readonly yaml: Yaml
}

/** One file: what it said last, and the version that was read. */
interface Manifest {
  readonly version: string
  readonly documents: readonly unknown[]
}

/** Serves the objects of a directory's files `*.yaml`, `*.yml` and `*.json`. */
export class ManifestSource implements ObjectSource {
  readonly identity: string
  /** A directory does not go silent: it says what it has, or that it can't be read. */
  readonly silentMs = 0
  readonly #host: Host
  readonly #options: ManifestOptions
  #files = new Map<string, Manifest>()
  #complaints = new Map<string, string>()
  #isSynced = false
  #isClosed = false
  #timer: { cancel(): void } | undefined
  #looking: Promise<void> | undefined

  constructor(host: Host, options: ManifestOptions) {
    this.#host = host
    this.#options = options
    const { directory, kinds, labels, namespaceLabels } = options
    const path = host.files.resolve(directory)
    this.identity = JSON.stringify(['manifests', path, kinds, labels, namespaceLabels])
  }

  get isSynced(): boolean {
    return this.#isSynced
  }

  async start(sink: ObjectSink): Promise<void> {
    await this.#look(sink)
    if (this.#isClosed) return
    this.#timer = this.#host.clock.every(LOOK_MS, () => {
      this.#looking ??= this.#look(sink).finally(() => {
        this.#looking = undefined
      })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  /** Reads what has changed. Never rejects. */
  async #look(sink: ObjectSink): Promise<void> {
    const { files } = this.#host
    const { directory } = this.#options
    try {
      const names = (await files.list(directory)).filter((name) => /\.(ya?ml|json)$/.test(name))
      const found = new Map<string, Manifest>()
      let hasChanged = !this.#isSynced || names.length !== this.#files.size
      for (const name of names) {
        const known = this.#files.get(name)
        const manifest = await this.#read(`${directory}/${name}`, known)
        if (manifest !== known) hasChanged = true
        found.set(name, manifest)
      }
      this.#complain(directory, '')
      if (!hasChanged || this.#isClosed) return
      this.#files = found
      this.#deliver(sink)
    } catch (error) {
      this.#complain(directory, `can't read ${directory}: ${messageOf(error)}`)
    }
  }

  /** The file as it is, or as it was when it can't be read. */
  async #read(path: string, known: Manifest | undefined): Promise<Manifest> {
    const { files } = this.#host
    try {
      const stat = await files.stat(path)
      const version = `${stat?.modifiedMs} ${stat?.sizeBytes}`
      if (known?.version === version) return known
      if ((stat?.sizeBytes ?? 0) > MAX_FILE_BYTES) throw new RangeError('it is too large')
      const documents = this.#options.yaml.parseAll(await files.readText(path))
      this.#complain(path, '')
      return { version, documents }
    } catch (error) {
      this.#complain(path, `can't read ${path}: ${messageOf(error)}`)
      return known ?? { version: '', documents: [] }
    }
  }

  #deliver(sink: ObjectSink): void {
    const { kinds } = this.#options
    const documents = [...this.#files.values()].flatMap((one) => one.documents.flatMap(itemsOf))
    for (const kind of kinds) {
      this.#deliverKind(sink, kind, documents)
    }
    this.#isSynced = true
    for (const kind of kinds) sink.synced(kind)
  }

  #deliverKind<K extends Kind>(sink: ObjectSink, kind: K, documents: readonly unknown[]): void {
    const select = this.#selectorOf(kind)
    const objects = documents.flatMap((document) => {
      if (Object(document).kind !== kind || isLeaving(document)) return []
      const metadata = Object(Object(document).metadata)
      if (!select(Object(metadata.labels))) return []
      // What has no namespace goes where kubectl would put it.
      const placed = metadata.namespace ?? (kind === 'Namespace' ? undefined : 'default')
      const whole = { ...Object(document), metadata: { ...metadata, namespace: placed } }
      return reduceObject(kind, whole) ?? []
    })
    for (const object of objects) sink.upsert(kind, object)
    sink.retain(kind, new Set(objects.map(keyOf)))
  }

  #selectorOf(kind: Kind): (labels: Record<string, unknown>) => boolean {
    const { labels, namespaceLabels } = this.#options
    const text = kind === 'Namespace' ? namespaceLabels : labels
    return (text === undefined ? undefined : parseSelector(text)) ?? (() => true)
  }

  /** Warns once of what would be the same every time. */
  #complain(path: string, text: string): void {
    if (text !== '' && this.#complaints.get(path) !== text) this.#host.log.warning(text)
    this.#complaints.set(path, text)
  }
}

/** A list's items, or the object itself. */
function itemsOf(document: unknown): unknown[] {
  const { kind, items } = Object(document)
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
    ? items
    : [document]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
