/** Upstreams from a file like resolv.conf, read again when it changes. */

import {
  type FileStat,
  type Files,
  formatIpAddress,
  type Logger,
  parseIpAddress,
} from '@fingerpost/sdk'
import { DEFAULT_PORT, type Destination } from './destination.ts'

/** How often a file is looked at. */
export const POLL_MS = 5000
/** A longer file is no list of name servers. */
const MAX_FILE_SIZE = 1 << 20

/** Reads the `nameserver` lines; other lines and what is no address are left out. */
export function parseResolvConf(text: string): Destination[] {
  const found: Destination[] = []
  for (const line of text.split('\n')) {
    const [keyword, word] = line.trim().split(/\s+/)
    const address = keyword === 'nameserver' && word ? parseIpAddress(word) : undefined
    if (address === undefined) continue
    const host = formatIpAddress(address)
    found.push({ transport: 'dns', host, port: DEFAULT_PORT.dns, isName: false })
  }
  return found
}

/** One such file. */
export class ResolvConf {
  /** What the file named when it last named anything. */
  destinations: readonly Destination[] = []
  readonly #path: string
  readonly #files: Files
  readonly #log: Logger
  #seen = ''
  #isReading = false

  constructor(path: string, files: Files, log: Logger) {
    this.#path = path
    this.#files = files
    this.#log = log
  }

  /** Reads the file for the first time; false when there is none. */
  async open(): Promise<boolean> {
    const stat = await this.#files.stat(this.#path)
    if (stat === undefined || stat.isDirectory) return false
    this.#seen = stamp(stat)
    this.destinations = await this.#read(stat)
    return true
  }

  /**
   * Reads the file again if it changed; true when the upstreams did. What was known stays while
   * the file is missing, unreadable or without a name server.
   */
  async poll(): Promise<boolean> {
    if (this.#isReading) return false
    this.#isReading = true
    try {
      const stat = await this.#files.stat(this.#path)
      if (stat === undefined || stamp(stat) === this.#seen) return false
      const found = await this.#read(stat)
      this.#seen = stamp(stat)
      if (found.length === 0) {
        this.#log.warning(`${this.#path} names no nameserver; the upstreams stay`)
        return false
      }
      if (JSON.stringify(found) === JSON.stringify(this.destinations)) return false
      this.destinations = found
      const hosts = found.map(({ host }) => host).join(' ')
      this.#log.info(`${this.#path} changed; upstreams: ${hosts}`)
      return true
    } catch (error) {
      this.#log.warning(`${this.#path} cannot be read; the upstreams stay: ${String(error)}`)
      return false
    } finally {
      this.#isReading = false
    }
  }

  async #read(stat: FileStat): Promise<Destination[]> {
    if (stat.sizeBytes > MAX_FILE_SIZE) throw new RangeError('the file is too large')
    return parseResolvConf(await this.#files.readText(this.#path))
  }
}

function stamp({ modifiedMs, sizeBytes }: FileStat): string {
  return `${modifiedMs} ${sizeBytes}`
}
