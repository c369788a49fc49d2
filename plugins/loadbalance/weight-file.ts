/**
 * A file of weights: a name on a line of its own, below it lines with an address and its weight.
 * Empty lines and those that begin with `#` are left out.
 */

import {
  ConfigError,
  type FileStat,
  type Host,
  type Located,
  type Name,
  parseIp,
  parseNameText,
  type Timer,
} from '@fingerpost/sdk'

/** Weights by address, in octets as text, by name in lower case. */
type Weights = ReadonlyMap<string, ReadonlyMap<string, number>>

/** The weights as the file last had them. */
export class WeightFile {
  readonly #path: string
  readonly #host: Host
  #weights: Weights = new Map()
  #stat: FileStat | undefined
  #timer: Timer | undefined
  #isReading = false

  private constructor(path: string, host: Host) {
    this.#path = path
    this.#host = host
  }

  /**
   * Reads the file, and reads it again whenever it changed; `reloadMs` of 0 reads it once.
   * @throws ConfigError when it is wrong, or missing and never read again.
   */
  static async open(
    { value, at }: Located<string>,
    reloadMs: number,
    host: Host,
  ): Promise<WeightFile> {
    const file = new WeightFile(value, host)
    try {
      await file.#read()
    } catch (cause) {
      const message = `cannot use weights of '${value}': ${reasonOf(cause)}`
      // A file that only is not there yet may come.
      if (cause instanceof RangeError || reloadMs === 0) {
        throw new ConfigError('file', message, { at, cause })
      }
      host.log.warning(`${message}; trying again every ${reloadMs / 1000}s`)
    }
    if (reloadMs > 0) file.#timer = host.clock.every(reloadMs, () => void file.#refresh())
    return file
  }

  /** The weight of an address of `owner`; undefined when the file says nothing of it. */
  weightOf(owner: Name, address: Uint8Array): number | undefined {
    if (this.#weights.size === 0) return undefined
    return this.#weights.get(keyOf(owner))?.get(address.join())
  }

  /** Stops looking at the file. */
  close(): void {
    this.#timer?.cancel()
  }

  async #refresh(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      await this.#read()
    } catch (error) {
      this.#host.log.error(`keeping the weights, for '${this.#path}': ${reasonOf(error)}`)
    }
    this.#isReading = false
  }

  async #read(): Promise<void> {
    const { files } = this.#host
    const stat = await files.stat(this.#path)
    const isSame =
      stat?.modifiedMs === this.#stat?.modifiedMs && stat?.sizeBytes === this.#stat?.sizeBytes
    if (stat !== undefined && isSame) return
    const text = await files.readText(this.#path)
    // Remembered before it is understood: a faulty file is complained of once, not every time.
    this.#stat = stat
    this.#weights = parseWeights(text)
  }
}

/**
 * Reads a file of weights.
 * @throws RangeError with the line that is wrong.
 */
export function parseWeights(text: string): Weights {
  const weights = new Map<string, Map<string, number>>()
  let current: Map<string, number> | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const fail = (reason: string): RangeError => new RangeError(`line ${index + 1}: ${reason}`)
    const [first = '', weightText, extra] = trimmed.split(/\s+/)
    if (extra !== undefined) throw fail(`expected a name, or an address and a weight`)
    if (weightText === undefined) {
      const key = nameKeyOf(first)
      if (key === undefined) throw fail(`'${first}' is not a name; is its weight missing?`)
      current = weights.get(key) ?? new Map()
      weights.set(key, current)
      continue
    }
    const address = parseIp(first)
    if (address === undefined) throw fail(`'${first}' is not an IP address`)
    if (current === undefined) throw fail('a name must come before addresses')
    const weight = /^\d{1,3}$/.test(weightText) ? Number(weightText) : 0
    if (weight < 1 || weight > 255) throw fail(`weight ${weightText} is not from 1 to 255`)
    current.set(address.join(), weight)
  }
  return weights
}

function nameKeyOf(text: string): string | undefined {
  const name = parseIp(text) === undefined ? parseNameText(text) : undefined
  return name && keyOf(name)
}

function keyOf(name: Name): string {
  return name.toLowerCase().toString()
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
