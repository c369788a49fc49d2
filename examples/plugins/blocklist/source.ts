/** One list: a file that is looked at every few seconds, or a URL that is fetched now and then. */

import type { Host } from '@fingerpost/sdk'
import { BlockedNames } from './blocked-names.ts'
import { parseList } from './list-text.ts'

/** A longer list is refused. */
export const MAX_SIZE_BYTES = 128 * 2 ** 20
const FETCH_TIMEOUT_MS = 60_000

/** A list and what it said last: what can't be read keeps that. */
export class Source {
  readonly place: string
  names: BlockedNames = new BlockedNames()
  /** What tells one state of the list from another: time and size, or the server's ETag. */
  #version = ''
  #complaint = ''

  constructor(place: string) {
    this.place = place
  }

  get isUrl(): boolean {
    return /^https?:\/\//.test(this.place)
  }

  /** Goes on from where the same list was in the instance before this one. */
  continueFrom(earlier: Source): void {
    this.names = earlier.names
    this.#version = earlier.#version
  }

  /**
   * Reads the list if it changed. Returns whether there is something new.
   * @throws when it can't be read
   */
  async read(host: Host): Promise<boolean> {
    const text = this.isUrl ? await this.#fetch(host) : await this.#readFile(host)
    if (text === undefined) return false
    this.names = parseList(text)
    host.gauge('names', 'Names on a list.', ['list']).labels(this.place).set(this.names.count)
    host.log.info(`${this.place}: ${this.names.count} names`)
    return true
  }

  /** The same; what goes wrong is logged once. */
  async refresh(host: Host): Promise<void> {
    try {
      await this.read(host)
      this.#complaint = ''
    } catch (error) {
      const complaint = error instanceof Error ? error.message : String(error)
      if (complaint !== this.#complaint) {
        host.log.warning(`${this.place}: ${complaint}; ${this.names.count} names are kept`)
      }
      this.#complaint = complaint
    }
  }

  async #readFile({ files }: Host): Promise<string | undefined> {
    const stat = await files.stat(this.place)
    if (stat === undefined || stat.isDirectory) throw new Error('there is no such file')
    if (stat.sizeBytes > MAX_SIZE_BYTES) throw new Error(`larger than ${MAX_SIZE_BYTES} bytes`)
    const version = `${stat.modifiedMs} ${stat.sizeBytes}`
    if (version === this.#version) return undefined
    const text = await files.readText(this.place)
    this.#version = version
    return text
  }

  async #fetch(host: Host): Promise<string | undefined> {
    const abort = new AbortController()
    const timer = host.clock.after(FETCH_TIMEOUT_MS, () => abort.abort(new Error('timed out')))
    try {
      const response = await host.fetch(this.place, {
        signal: abort.signal,
        headers: this.#version === '' ? {} : { 'if-none-match': this.#version },
      })
      if (response.status === 304) return undefined
      if (!response.ok) throw new Error(`the server says ${response.status}`)
      const text = await readAtMost(response, MAX_SIZE_BYTES)
      this.#version = response.headers.get('etag') ?? ''
      return text
    } finally {
      timer.cancel()
    }
  }
}

async function readAtMost(response: Response, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limitBytes) throw new Error(`larger than ${limitBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
