/** Keys of SkyDNS: the labels of a name from the root down, below a path: `/skydns/local/a/x`. */

import { type Name, parseNameText } from '@fingerpost/sdk'

/** Where to look for a name. */
export interface Place {
  /** The key; for a name with wildcards the part above the first of them. */
  readonly key: string
  /** The labels from the root down that a key must have; undefined without wildcards. */
  readonly pattern: readonly string[] | undefined
}

/** Labels that can be part of a key and mean the same in both directions. */
const LABEL = /^[!-\-0-[\]-~]+$/
const isWildcard = (label: string): boolean => label === '*' || label === 'any'

/** The keys below one path. */
export class Keys {
  readonly #prefix: string

  /** Takes the path with or without slashes around it. */
  constructor(path: string) {
    const parts = path.split('/').filter((part) => part !== '')
    this.#prefix = parts.map((part) => `/${part}`).join('')
  }

  /** Undefined for a name that no key can stand for. */
  placeOf(name: Name): Place | undefined {
    const decoder = new TextDecoder('latin1')
    const labels = name
      .toLowerCase()
      .labels()
      .map((label) => decoder.decode(label))
      .reverse()
    if (!labels.every((label) => LABEL.test(label))) return undefined
    const first = labels.findIndex(isWildcard)
    const fixed = first < 0 ? labels : labels.slice(0, first)
    const key = this.#prefix + fixed.map((label) => `/${label}`).join('')
    return { key, pattern: first < 0 ? undefined : labels }
  }

  /** The name of a key; undefined for one that stands for none. */
  nameOf(key: string): Name | undefined {
    const labels = this.#labelsOf(key)
    return parseNameText(labels.length === 0 ? '.' : `${labels.reverse().join('.')}.`)
  }

  /** Whether a key is the pattern's, or below. */
  isLike(key: string, pattern: readonly string[]): boolean {
    const labels = this.#labelsOf(key)
    return pattern.every(
      (label, i) => i < labels.length && (isWildcard(label) || labels[i] === label),
    )
  }

  #labelsOf(key: string): string[] {
    return key
      .slice(this.#prefix.length)
      .split('/')
      .filter((part) => part !== '')
  }
}
