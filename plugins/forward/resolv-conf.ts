/** Upstreams from a file like resolv.conf, read again when it changes. */

import { type FileStat, formatIpAddress, type Host, parseIpAddress } from '@fingerpost/sdk'
import { DEFAULT_PORT, type Destination } from './destination.ts'

/** How often a file is looked at, besides whenever the system tells of a change. */
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

/** One such file. Addresses that the server block itself listens on are left out. */
export class ResolvConf {
  /** What the file named when it last named anything. */
  destinations: readonly Destination[] = []
  readonly #path: string
  readonly #host: Pick<Host, 'files' | 'log' | 'settings' | 'block'>
  #seen = ''
  #isReading = false

  constructor(path: string, host: Pick<Host, 'files' | 'log' | 'settings' | 'block'>) {
    this.#path = path
    this.#host = host
  }

  /** Reads the file for the first time; false when there is none. */
  async open(): Promise<boolean> {
    const stat = await this.#host.files.stat(this.#path)
    if (stat === undefined || stat.isDirectory) return false
    this.#seen = stamp(stat)
    this.destinations = await this.#read(stat)
    return true
  }

  /** Has `onChange` called when the file may have changed; returns what ends that. */
  watch(onChange: () => void): () => void {
    return this.#host.files.watch(this.#path, onChange)
  }

  /**
   * Reads the file again if it changed; true when the upstreams did. What was known stays while
   * the file is missing, unreadable or without a name server.
   */
  async poll(): Promise<boolean> {
    if (this.#isReading) return false
    this.#isReading = true
    const { files, log } = this.#host
    try {
      const stat = await files.stat(this.#path)
      if (stat === undefined || stamp(stat) === this.#seen) return false
      const found = await this.#read(stat)
      this.#seen = stamp(stat)
      if (found.length === 0) {
        log.warning(`${this.#path} names no nameserver; the upstreams stay`)
        return false
      }
      if (JSON.stringify(found) === JSON.stringify(this.destinations)) return false
      this.destinations = found
      const hosts = found.map(({ host }) => host).join(' ')
      log.info(`${this.#path} changed; upstreams: ${hosts}`)
      return true
    } catch (error) {
      log.warning(`${this.#path} cannot be read; the upstreams stay: ${String(error)}`)
      return false
    } finally {
      this.#isReading = false
    }
  }

  async #read(stat: FileStat): Promise<Destination[]> {
    if (stat.sizeBytes > MAX_FILE_SIZE) throw new RangeError('the file is too large')
    const found = parseResolvConf(await this.#host.files.readText(this.#path))
    return found.filter((destination) => !this.#isOwn(destination))
  }

  /** A host whose resolv.conf names this very server would send its queries round in circles. */
  #isOwn({ host, port }: Destination): boolean {
    const { settings, block, log } = this.#host
    const listensThere = block.keys.some((key) => key.endsWith(`:${port}`))
    if (!listensThere || !settings.bindAddresses.includes(host)) return false
    log.warning(`${this.#path} names ${host}, which this server listens on: left out`)
    return true
  }
}

function stamp({ modifiedMs, sizeBytes }: FileStat): string {
  return `${modifiedMs} ${sizeBytes}`
}
