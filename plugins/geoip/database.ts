/** A MaxMind database, read again when its file changes. */

import { ConfigError, type Host } from '@fingerpost/sdk'
import { Reader } from 'mmdb-lib'

/** Larger files are not read: they are held in memory whole. */
const MAX_FILE_SIZE_BYTES = 1 << 30

/** What a database says about an address: its own tree of names. */
export type GeoRecord = Readonly<Record<string, unknown>>

/** One database. */
export class GeoDatabase {
  readonly #host: Host
  readonly #path: string
  #reader: Reader<never> | undefined
  #unwatch: (() => void) | undefined
  #isReading = false

  private constructor(path: string, host: Host) {
    this.#path = path
    this.#host = host
  }

  /** @throws ConfigError when the file can't be read or is no database */
  static async open(path: string, host: Host, at: ConfigError['at']): Promise<GeoDatabase> {
    const database = new GeoDatabase(path, host)
    try {
      await database.#read()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError('file', `failed to open database ${path}: ${reason}`, { at, cause })
    }
    database.#unwatch = host.files.watch(path, () => void database.#follow())
    return database
  }

  /** What is known of an address; undefined for nothing. */
  find(address: string): GeoRecord | undefined {
    try {
      return (this.#reader?.get(address) as GeoRecord | null | undefined) ?? undefined
    } catch {
      // An address of the other family, or a database that is damaged at this place.
      return undefined
    }
  }

  close(): void {
    this.#unwatch?.()
  }

  async #follow(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      await this.#read()
      this.#host.log.info(`${this.#path} changed and was read again`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#host.log.warning(`${this.#path} cannot be read; the database stays: ${reason}`)
    } finally {
      this.#isReading = false
    }
  }

  async #read(): Promise<void> {
    const { files } = this.#host
    const stat = await files.stat(this.#path)
    if (stat === undefined) throw new Error('no such file')
    if (stat.sizeBytes > MAX_FILE_SIZE_BYTES) throw new RangeError('the file is too large')
    const octets = await files.read(this.#path)
    this.#reader = new Reader(Buffer.from(octets.buffer, octets.byteOffset, octets.length))
  }
}
