/** Rules of *rewrite*: what they make of a question, and how that is taken back. */

import { type EdnsOptionData, type Host, Name, type Query, Type } from '@fingerpost/sdk'
import { type NameRewriter, remap } from './names.ts'
import { type Undo, undoNames } from './undo.ts'

/** A question on its way through the rules. */
export interface Draft {
  readonly query: Query
  qname: Name
  qtype: number
  qclass: number
  /** Undefined as long as no rule looked at the options. */
  options: readonly EdnsOptionData[] | undefined
}

/** One rule. */
export interface Rule {
  /** No rule behind it is tried when it was applied. */
  readonly stops: boolean
  /** Changes the draft; how to take that back, or undefined when the rule is not for it. */
  apply(draft: Draft): readonly Undo[] | undefined
}

type Apply = Rule['apply']

const nothing: readonly Undo[] = []

/** How answers get their names back. */
export interface NameAnswers {
  /** Maps the new name back to the one that was asked for. */
  readonly isAuto: boolean
  /** Swaps suffixes back, where both are known. */
  readonly back: NameRewriter | undefined
  readonly names: readonly NameRewriter[]
  readonly values: readonly NameRewriter[]
}

/** Rewrites the name asked for. */
export function nameRule(rewriter: NameRewriter, answers: NameAnswers): Apply {
  const fixed: Undo[] = [
    ...answers.names.map((one) => undoNames(one, 'name')),
    ...answers.values.map((one) => undoNames(one, 'value')),
  ]
  return (draft) => {
    const before = draft.qname
    const after = rewriter.rewrite(before)
    if (after === undefined) return undefined
    draft.qname = after
    if (!answers.isAuto) return fixed
    const back = answers.back ?? remap(after, before.toLowerCase())
    return [undoNames(back, 'name'), undoNames(back, 'value'), ...fixed]
  }
}

/** Asks for another type. */
export function typeRule(from: number, to: number): Apply {
  return (draft) => {
    if (draft.qtype !== from) return undefined
    draft.qtype = to
    return nothing
  }
}

/** Asks in another class. */
export function classRule(from: number, to: number): Apply {
  return (draft) => {
    if (draft.qclass !== from) return undefined
    draft.qclass = to
    return nothing
  }
}

/** Tells whether a rule is for a name. */
export type Matches = (name: Name) => boolean

/** Bounds the TTLs of responses. */
export function ttlRule(isFor: Matches, minSeconds: number, maxSeconds: number): Apply {
  const undo: Undo = {
    rr: (rr) => ({ ...rr, ttlSeconds: Math.min(Math.max(rr.ttlSeconds, minSeconds), maxSeconds) }),
  }
  return ({ qname }) => (isFor(qname) ? [undo] : undefined)
}

/** Makes another RCODE of one. */
export function rcodeRule(isFor: Matches, from: number, to: number): Apply {
  const undo: Undo = { rcode: (rcode) => (rcode === from ? to : rcode) }
  return ({ qname }) => (isFor(qname) ? [undo] : undefined)
}

/** Leads aliases to another target, whose records are looked up through the server. */
export function cnameRule(rewriter: NameRewriter, host: Host): Apply {
  const undo: Undo = {
    follow(asked, answer) {
      for (const rr of answer) {
        if (rr.type !== Type.CNAME) continue
        const target = rewriter.rewrite(new Name(rr.rdata))
        if (target !== undefined) return lookUp(asked, answer, target, host)
      }
      return undefined
    },
  }
  return () => [undo]
}

async function lookUp(
  asked: Query,
  answer: Parameters<NonNullable<Undo['follow']>>[1],
  target: Name,
  host: Host,
): Promise<typeof answer> {
  const aliases = answer
    .filter(({ type }) => type === Type.CNAME)
    .map((rr) => ({ ...rr, rdata: target.wire }))
  const response = await host.resolve(asked.with({ qname: target }))
  return [...aliases, ...response.answer.filter(({ owner }) => owner.equals(target))]
}
