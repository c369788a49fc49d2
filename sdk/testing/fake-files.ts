/** Files in memory: set, changed and removed by the test. */

import type { Clock, FileStat, Files } from '../host.ts'

interface Entry {
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

/** {@link Files} for tests. Relative paths, in `set` too, are relative to the `root` given. */
export class FakeFiles implements Files {
  /** Resolved paths of all reads so far, in order. */
  readonly reads: string[] = []
  readonly #clock: Clock
  readonly #root: () => string
  readonly #entries = new Map<string, Entry>()
  readonly #faults = new Map<string, string>()

  constructor(clock: Clock, root: () => string = () => '/') {
    this.#clock = clock
    this.#root = root
  }

  /** Who watches a file: a test calls them, writing a file does not. */
  readonly watchers: Map<string, Set<() => void>> = new Map()

  watch(path: string, onChange: () => void): () => void {
    const resolved = this.resolve(path)
    const watchers = this.watchers.get(resolved) ?? new Set()
    this.watchers.set(resolved, watchers.add(onChange))
    return () => void watchers.delete(onChange)
  }

  /** Tells those who watch a file that it changed. */
  notify(path: string): void {
    for (const onChange of this.watchers.get(this.resolve(path)) ?? []) onChange()
  }

  /** Writes a file whole. */
  set(path: string, content: string | Uint8Array, modifiedMs?: number): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice()
    this.#entries.set(this.resolve(path), {
      bytes,
      modifiedMs: modifiedMs ?? this.#clock.wallNow(),
    })
  }

  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void {
    const resolved = this.resolve(path)
    for (const known of [...this.#entries.keys()]) {
      if (known === resolved || isInside(known, resolved)) this.#entries.delete(known)
    }
  }

  /** Makes everything done with `path` fail with `code` (`EACCES`), until called without one. */
  fail(path: string, code?: string): void {
    if (code === undefined) this.#faults.delete(this.resolve(path))
    else this.#faults.set(this.resolve(path), code)
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.read(path))
  }

  async read(path: string): Promise<Uint8Array> {
    const resolved = this.#checked('open', path)
    this.reads.push(resolved)
    const entry = this.#entries.get(resolved)
    if (entry !== undefined) return entry.bytes.slice()
    if (this.#isDirectory(resolved)) throw fileError('EISDIR', 'read', resolved)
    throw fileError('ENOENT', 'open', resolved)
  }

  async writeText(path: string, text: string): Promise<void> {
    this.#checked('open', path)
    this.set(path, text)
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const resolved = this.#checked('stat', path)
    const entry = this.#entries.get(resolved)
    if (entry !== undefined) {
      const { modifiedMs, bytes } = entry
      return { modifiedMs, sizeBytes: bytes.length, isDirectory: false }
    }
    if (!this.#isDirectory(resolved)) return undefined
    return { modifiedMs: this.#newestInside(resolved), sizeBytes: 0, isDirectory: true }
  }

  async list(path: string): Promise<string[]> {
    const resolved = this.#checked('scandir', path)
    if (this.#entries.has(resolved)) throw fileError('ENOTDIR', 'scandir', resolved)
    if (!this.#isDirectory(resolved)) throw fileError('ENOENT', 'scandir', resolved)
    const start = resolved === '/' ? 1 : resolved.length + 1
    const names = new Set<string>()
    for (const known of this.#entries.keys()) {
      if (isInside(known, resolved)) names.add(known.slice(start).split('/', 1)[0] as string)
    }
    return [...names].sort()
  }

  resolve(path: string): string {
    const parts: string[] = []
    const whole = path.startsWith('/') ? path : `${this.#root()}/${path}`
    for (const part of whole.split('/')) {
      if (part === '..') parts.pop()
      else if (part !== '' && part !== '.') parts.push(part)
    }
    return `/${parts.join('/')}`
  }

  #checked(action: string, path: string): string {
    const resolved = this.resolve(path)
    const code = this.#faults.get(resolved)
    if (code !== undefined) throw fileError(code, action, resolved)
    return resolved
  }

  #isDirectory(resolved: string): boolean {
    for (const known of this.#entries.keys()) if (isInside(known, resolved)) return true
    return resolved === '/'
  }

  #newestInside(resolved: string): number {
    let newestMs = 0
    for (const [known, { modifiedMs }] of this.#entries) {
      if (isInside(known, resolved)) newestMs = Math.max(newestMs, modifiedMs)
    }
    return newestMs
  }
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`)
}

function fileError(code: string, action: string, path: string): Error {
  return Object.assign(new Error(`${code}: cannot ${action} '${path}'`), { code })
}
