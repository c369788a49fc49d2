/** A hosts file that is read again when its size or time of change differs. */

import type { FileStat, Host, Name } from '@fingerpost/sdk'
import { HostsTable } from './hosts-table.ts'
import { HostsReplies } from './replies.ts'

/** A larger file is not read: its table would take some gigabytes. */
export const MAX_FILE_SIZE_BYTES = 64 * 2 ** 20

/** What to read and how to answer from it. */
export interface HostsFileOptions {
  readonly path: string
  /** Whether the path stands in the Corefile: the file should be there then. */
  readonly isNamed: boolean
  /** Names outside of these zones are left out. */
  readonly zones: readonly Name[]
  /** Lines of the Corefile; they come after those of the file. */
  readonly inline: string
  readonly hasReverse: boolean
  readonly ttlSeconds: number
}

/** The file and what it says. A file that goes away keeps what it said last. */
export class HostsFile {
  readonly #host: Host
  readonly #options: HostsFileOptions
  /** Size and time of what `replies` were made of; empty before a file was read. */
  #version = ''
  #complaint = ''
  #reading: Promise<void> | undefined
  #isClosed = false
  /** Answers from the last reading. */
  replies: HostsReplies

  constructor(host: Host, options: HostsFileOptions) {
    this.#host = host
    this.#options = options
    this.replies = this.#take('')
  }

  /** Reads the file if it changed since the last time. Never rejects; readings don't overlap. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /**
   * Follows the file, at once where the system tells of changes and every `intervalMs` in any
   * case; not at all for 0. Returns what ends it.
   */
  watch(intervalMs: number): () => void {
    const { clock, files } = this.#host
    const look = (): void => void this.read()
    const timer = intervalMs > 0 ? clock.every(intervalMs, look) : undefined
    const unwatch = intervalMs > 0 ? files.watch(this.#options.path, look) : undefined
    return () => {
      timer?.cancel()
      unwatch?.()
      this.#isClosed = true
    }
  }

  async #read(): Promise<void> {
    const { files } = this.#host
    const { path } = this.#options
    try {
      const stat = await files.stat(path)
      const version = stat === undefined ? '' : `${stat.modifiedMs} ${stat.sizeBytes}`
      const fault = this.#faultOf(stat)
      if (stat === undefined || fault !== '') return this.#complain(fault)
      if (version !== this.#version) {
        const text = await files.readText(path)
        // The next generation may have counted its entries by now.
        if (this.#isClosed) return
        this.replies = this.#take(text)
        this.#version = version
        this.#host
          .gauge('reload_timestamp_seconds', 'When the hosts file that was read last was changed.')
          .set(stat.modifiedMs / 1000)
      }
      this.#complaint = ''
    } catch (error) {
      this.#complain(
        `Can't read ${path}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }

  /** Why a file is not read; empty when there is nothing to say. */
  #faultOf(stat: FileStat | undefined): string {
    const { path, isNamed } = this.#options
    if (stat === undefined) {
      if (this.#version !== '') return `File is gone: ${path}; what it said last is kept`
      return isNamed ? `File does not exist: ${path}` : ''
    }
    if (stat.isDirectory) return `Hosts file "${path}" is a directory`
    if (stat.sizeBytes <= MAX_FILE_SIZE_BYTES) return ''
    return `Hosts file "${path}" is not read: it has ${stat.sizeBytes} bytes, more than ${MAX_FILE_SIZE_BYTES}`
  }

  /** Warns once of what would be the same every few seconds. */
  #complain(text: string): void {
    if (text !== '' && text !== this.#complaint && !this.#isClosed) this.#host.log.warning(text)
    this.#complaint = text
  }

  #take(text: string): HostsReplies {
    const { zones, inline, hasReverse, ttlSeconds } = this.#options
    const table = new HostsTable()
    table.addText(text, zones, hasReverse)
    table.addText(inline, zones, hasReverse)
    this.#host
      .gauge('entries', 'Entries in hosts files and Corefiles.', ['hostsfile'])
      .labels(this.#label)
      .set(table.entryCount)
    return new HostsReplies(table, ttlSeconds)
  }

  /** The path as CoreDNS gives it: below *root* if there is one. */
  get #label(): string {
    const { root } = this.#host.settings
    const { path } = this.#options
    return root === '' || path.startsWith('/') ? path : `${root.replace(/\/+$/, '')}/${path}`
  }
}
