/** The ways of *rewrite* to match names and to make others of them. Hot path: exact and suffix. */

import { DnsError, Name, parseNameText } from '@fingerpost/sdk'
import type { Regexp } from '@fingerpost/sdk/regexp'

/** Makes another name of those that it is for. */
export interface NameRewriter {
  /**
   * The new name; undefined when this one does not match.
   * @throws DnsError when the new name would be none.
   */
  rewrite(name: Name): Name | undefined
}

export const KINDS = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const
export type Kind = (typeof KINDS)[number]

/** A text as CoreDNS compares it with names: in lower case, with a final dot. */
export function normalised(text: string): string {
  const lower = text.toLowerCase()
  return lower.endsWith('.') ? lower : `${lower}.`
}

/** Rewrites by one of the kinds that need no expression; the texts are normalised. */
export function rewriterOf(kind: Exclude<Kind, 'regex'>, from: string, to: string): NameRewriter {
  if (kind === 'exact') return exact(from, to)
  if (kind === 'suffix') return suffix(from, to)
  if (kind === 'prefix') {
    return textual((name) => (name.startsWith(from) ? to + name.slice(from.length) : undefined))
  }
  return textual((name) => (name.includes(from) ? name.replaceAll(from, to) : undefined))
}

/** Rewrites what an expression matches: `{1}` in `to` is its first group. */
export function regexRewriter(expression: Regexp, to: string): NameRewriter {
  return textual((name) => {
    const groups = expression.exec(name)?.groups
    return groups && to.replace(/\{(\d+)\}/g, (own, index) => groups[Number(index)] ?? own)
  })
}

/** Takes a name, and what is below it, back to another one. */
export function remap(from: Name, to: Name): NameRewriter {
  return {
    rewrite(name) {
      if (!name.isSubdomainOf(from)) return undefined
      return checked(joined(name, from, to), name)
    },
  }
}

function exact(from: string, to: string): NameRewriter {
  const [own, other] = [parseNameText(from), parseNameText(to)]
  // Not even a name: no query can have it.
  if (own === undefined) return { rewrite: () => undefined }
  return {
    rewrite: (name) => {
      if (name.hash !== own.hash || !name.equals(own)) return undefined
      if (other === undefined) throw notAName(to)
      return other
    },
  }
}

function suffix(from: string, to: string): NameRewriter {
  const [isBelow, own] = zoneOf(from)
  const [isToBelow, other] = zoneOf(to)
  const byText = textual((name) =>
    name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined,
  )
  if (own === undefined || other === undefined || isBelow !== isToBelow) return byText
  return {
    rewrite(name) {
      if (name.isSubdomainOf(own) && name.wire.length > own.wire.length - (isBelow ? 0 : 1)) {
        return checked(joined(name.toLowerCase(), own, other), name)
      }
      // `org` is a suffix of `example-org`, too.
      return isBelow ? undefined : byText.rewrite(name)
    },
  }
}

/** A suffix as a zone, and whether only names below it end in it. */
function zoneOf(text: string): readonly [boolean, Name | undefined] {
  const isBelow = text.startsWith('.') && text.length > 1
  return [isBelow, parseNameText(isBelow ? text.slice(1) : text)]
}

function joined(name: Name, from: Name, to: Name): Name | undefined {
  const headSize = name.wire.length - from.wire.length
  const head = new Uint8Array(headSize + 1)
  head.set(name.wire.subarray(0, headSize))
  return Name.join(new Name(head), to)
}

function textual(change: (name: string) => string | undefined): NameRewriter {
  return {
    rewrite(name) {
      const text = change(name.toLowerCase().toString())
      if (text === undefined) return undefined
      const made = parseNameText(text)
      if (made === undefined || text === '@') throw notAName(text)
      return made
    },
  }
}

function checked(made: Name | undefined, name: Name): Name {
  if (made === undefined) throw notAName(`another for ${name}`)
  return made
}

function notAName(text: string): DnsError {
  return new DnsError('server-failure', `invalid name after rewrite: ${text}`)
}
