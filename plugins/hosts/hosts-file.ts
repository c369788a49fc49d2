/** A hosts file that is read again when its size or time of change differs. */

import type { Host, Name } from '@fingerpost/sdk'
import { HostsTable } from './hosts-table.ts'
import { HostsReplies } from './replies.ts'

/** What to read and how to answer from it. */
export interface HostsFileOptions {
  readonly path: string
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
  #version = ''
  /** Answers from the last reading. */
  replies: HostsReplies

  constructor(host: Host, options: HostsFileOptions) {
    this.#host = host
    this.#options = options
    this.replies = this.#take('')
  }

  /** Reads the file if it changed since the last time. */
  async read(): Promise<void> {
    const { files, log, clock } = this.#host
    const { path } = this.#options
    try {
      const stat = await files.stat(path)
      if (stat === undefined) {
        if (this.#version === '') log.warning(`File does not exist: ${path}`)
        this.#version ||= 'missing'
        return
      }
      const version = `${stat.modifiedMs} ${stat.sizeBytes}`
      if (version === this.#version) return
      this.replies = this.#take(await files.readText(path))
      this.#version = version
      this.#host
        .gauge('reload_timestamp_seconds', 'When the hosts file was read last.')
        .set(clock.wallNow() / 1000)
    } catch (error) {
      log.warning(`Can't read ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Looks at the file every `intervalMs`, never for 0. Returns what ends it. */
  watch(intervalMs: number): () => void {
    if (intervalMs <= 0) return () => {}
    const timer = this.#host.clock.every(intervalMs, () => void this.read())
    return () => timer.cancel()
  }

  #take(text: string): HostsReplies {
    const { path, zones, inline, hasReverse, ttlSeconds } = this.#options
    const table = new HostsTable()
    table.addText(text, zones, hasReverse)
    table.addText(inline, zones, hasReverse)
    this.#host
      .gauge('entries', 'Addresses in hosts files and Corefiles.', ['hostsfile'])
      .labels(path)
      .set(table.entryCount)
    return new HostsReplies(table, ttlSeconds)
  }
}
