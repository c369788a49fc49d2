/** Keeps the signed file of one zone: made when it is missing, old, or older than the zone's. */

import { type Host, type Name, parseRdata, type Timer, Type, type ZoneKey } from '@fingerpost/sdk'
import type { ZoneData } from '@fingerpost/sdk/zone'

type ZoneSdk = typeof import('@fingerpost/sdk/zone')

const HOUR_SECONDS = 3600
const DAY_SECONDS = 24 * HOUR_SECONDS
// As CoreDNS: signatures hold for 32 days, some more so that zones do not all end at once.
const EXPIRATION_SECONDS = 32 * DAY_SECONDS
const EXPIRATION_JITTER_SECONDS = 5 * DAY_SECONDS
// They begin in the past, for clients whose clocks are slow.
const INCEPTION_SECONDS = 3 * HOUR_SECONDS
const INCEPTION_JITTER_SECONDS = 18 * HOUR_SECONDS
/** Signatures that are older are made anew. */
export const MAX_AGE_SECONDS: number = 6 * DAY_SECONDS
/** Signatures that have less left are made anew. */
export const LEAST_SECONDS: number = 7 * DAY_SECONDS
/** How often the signed file is looked at. */
export const CHECK_INTERVAL_MS: number = 5 * HOUR_SECONDS * 1000

/** What is signed, with what, and where the result goes. */
export interface ZoneSignerOptions {
  readonly origin: Name
  readonly path: string
  readonly signedPath: string
  readonly keys: readonly ZoneKey[]
}

/** Signs one zone again and again. */
export class ZoneSigner {
  readonly #host: Host
  readonly #sdk: ZoneSdk
  readonly #options: ZoneSignerOptions
  #timer: Timer | undefined
  #unwatch: (() => void) | undefined
  #signing: Promise<void> | undefined
  #isClosed = false

  constructor(host: Host, sdk: ZoneSdk, options: ZoneSignerOptions) {
    this.#host = host
    this.#sdk = sdk
    this.#options = options
  }

  /** Signs if there is a reason, and goes on looking for one. */
  start(): void {
    const look = (): void => void this.check()
    this.#timer = this.#host.clock.every(CHECK_INTERVAL_MS, look)
    this.#unwatch = this.#host.files.watch(this.#options.path, look)
    look()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#unwatch?.()
  }

  /** Signs the zone if there is a reason. Never rejects; checks don't overlap. */
  check(): Promise<void> {
    this.#signing ??= this.#check().finally(() => {
      this.#signing = undefined
    })
    return this.#signing
  }

  async #check(): Promise<void> {
    const { origin, path, signedPath } = this.#options
    try {
      const reason = await this.#reason()
      if (this.#isClosed) return
      if (reason === undefined) {
        const valid = `signatures are valid`
        this.#host.log.info(`Skipping signing zone "${origin}" in "${signedPath}": ${valid}`)
        return
      }
      this.#host.log.info(`Signing "${origin}" because ${reason}`)
      const text = await this.#sign()
      if (this.#isClosed) return
      await this.#host.files.writeText(signedPath, text)
      const count = this.#options.keys.map(({ keyTag }) => keyTag).join(', ')
      this.#host.log.info(`Successfully signed zone "${origin}" in "${signedPath}" with ${count}`)
    } catch (error) {
      if (this.#isClosed) return
      this.#sdk.zoneFailures(this.#host, origin).add()
      const reason = error instanceof Error ? error.message : String(error)
      this.#host.log.warning(`Error signing "${origin}" in "${path}": ${reason}`)
    }
  }

  /** Why the zone must be signed; undefined when what there is will do. */
  async #reason(): Promise<string | undefined> {
    const { path, signedPath } = this.#options
    const { files } = this.#host
    const [signed, own] = [await files.stat(signedPath), await files.stat(path)]
    if (signed === undefined) return `${signedPath} does not exist`
    if (own !== undefined && own.modifiedMs > signed.modifiedMs) return `${path} is newer`
    let data: ZoneData
    try {
      data = await this.#load(signedPath)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return this.#reasonIn(data)
  }

  #reasonIn(data: ZoneData): string | undefined {
    const { records, soaNode } = data
    const set = records.find(soaNode, Type.RRSIG)
    const nowSeconds = this.#host.clock.wallNow() / 1000
    for (let rr = set < 0 ? -1 : records.first(set); rr >= 0; rr = records.next(rr)) {
      if (records.typeCovered(rr) !== Type.SOA) continue
      const times = parseRdata(Type.RRSIG, records.rdata(rr))
      if (times === undefined) continue
      if (nowSeconds - times.inception > MAX_AGE_SECONDS) return 'its signatures are 6 days old'
      if (nowSeconds < times.inception) return 'its signatures begin in the future'
      if (times.expiration - nowSeconds < LEAST_SECONDS) return 'its signatures end in 7 days'
      return undefined
    }
    return 'its SOA is not signed'
  }

  async #sign(): Promise<string> {
    const { path, keys } = this.#options
    const { clock, random } = this.#host
    const data = await this.#load(path)
    const nowSeconds = Math.floor(clock.wallNow() / 1000)
    return this.#sdk.signZone(data, {
      keys,
      // As CoreDNS: the serial is the time.
      serial: nowSeconds % 2 ** 32,
      validity: {
        inceptionSeconds: nowSeconds - INCEPTION_SECONDS - random.below(INCEPTION_JITTER_SECONDS),
        expirationSeconds:
          nowSeconds + EXPIRATION_SECONDS + random.below(EXPIRATION_JITTER_SECONDS),
      },
      pause: () => this.#pause(),
    })
  }

  async #load(path: string): Promise<ZoneData> {
    const { files } = this.#host
    const loaded = await this.#sdk.loadZone({
      origin: this.#options.origin,
      path,
      read: (file) => files.read(file),
      pause: () => this.#pause(),
    })
    if (loaded === 'unchanged') throw new Error('nothing was known before')
    return loaded.data
  }

  #pause(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the server block ends'))
    return new Promise((resolve) => void this.#host.clock.after(0, resolve))
  }
}
