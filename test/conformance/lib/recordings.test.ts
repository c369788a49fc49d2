import { describe, expect, it } from 'vitest'
import { compareReplies, formatDifferences } from './comparison.ts'
import { suitesDirectory, verdictsFile } from './locations.ts'
import { composeMessage, sectionNames } from './message.ts'
import { observe } from './observation.ts'
import { caseLabels } from './replay.ts'
import { type Ask, loadSuites, parseSuite, type Reply, type Step } from './suite.ts'
import type { ScriptedReply } from './upstream.ts'
import { loadVerdicts } from './verdict.ts'

const suites = loadSuites(suitesDirectory)
const placeholderPort = 4711

describe('the recorded suites', () => {
  it('all load, each with a description, a Corefile and labelled cases', () => {
    expect(suites).toHaveLength(113)
    for (const suite of suites) {
      expect(suite.description, suite.id).not.toBe('')
      expect(suite.corefile.length, suite.id).toBeGreaterThan(0)
      const labels = caseLabels(suite)
      expect(new Set(labels).size, suite.id).toBe(labels.length)
    }
  })

  it.each(suites)('have replies that parse as they were composed: $id', (suite) => {
    for (const step of suite.steps.flatMap(asksOf)) {
      const { expect: reply } = step
      if ('silence' in reply) continue
      const octets = composeReply(reply)
      if (octets === undefined) continue
      const sent = { id: 1, question: 'q.test. IN A', localPort: placeholderPort }
      const seen = observe(octets, sent, suite.mask, step.order === 'exact')
      const { question: _, ...recorded } = { ...reply, size: 0xffff }
      const tolerance = { ttl: 0, names: ['id'], isOrdered: step.order === 'exact' }
      expect(formatDifferences(compareReplies(recorded, seen, tolerance))).toBe('')
    }
  })

  it('have upstreams whose every reply can be composed', () => {
    const scripts = suites.flatMap((suite) => [
      ...Object.values(suite.upstreams),
      ...suite.steps.flatMap((step) => (step.kind === 'upstream' ? [step.change] : [])),
    ])
    const replies = scripts
      .flatMap((script) => [script.default ?? {}, ...Object.values(script.answers ?? {})])
      .flatMap(variantsOf)
    expect(replies.length).toBeGreaterThan(100)
    for (const reply of replies) {
      const fill = (texts: readonly string[] = []) =>
        texts.map((text) => text.replaceAll('{qname}', 'q.test.').replaceAll('{n}', '1'))
      const [answer, authority, additional] = sectionNames.map((name) => fill(reply[name]))
      const { rcode, flags } = reply
      const octets = composeMessage({ id: 1, rcode, flags, answer, authority, additional })
      expect(octets.readUInt16BE(6)).toBe(answer?.length ?? 0)
    }
  })

  it.each([
    ['an unknown key', '{ "corefile": "", "steps": [], "typo": 1 }', 'a/b: unknown typo'],
    ['an unknown step', '{ "steps": [{ "sleep": 1 }] }', 'a/b step 1: not one kind of step'],
    ['a step of two kinds', '{ "steps": [{ "wait": 1, "remove": "f" }] }', 'not one kind'],
    ['an unknown key of a step', '{ "steps": [{ "wait": 1, "for": "it" }] }', 'unknown for'],
    ['a query without reply', '{ "steps": [{ "q": "a A" }] }', 'expects nothing'],
    ['a count without numbers', '{ "steps": [{ "count": "up" }] }', 'expects nothing'],
    ['an unknown key in a pipeline', '{ "steps": [{ "pipeline": [{ "qq": "" }] }] }', 'unknown qq'],
  ])('are refused with %s', (_, json, problem) => {
    expect(() => parseSuite('a/b', json)).toThrow(problem)
  })
})

describe('the recorded verdicts', () => {
  it('all load, with names of their own', () => {
    const verdicts = loadVerdicts(verdictsFile)
    expect(new Set(verdicts.map(({ name }) => name)).size).toBe(600)
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['ok', 'error']))
  })
})

function asksOf(step: Step): readonly Ask[] {
  if (step.kind === 'ask') return [step]
  if (step.kind === 'pipeline') return step.pipeline
  return step.kind === 'together' ? step.together : []
}

/** Composes a recorded reply; undefined if it holds what isn't composed from text. */
function composeReply(reply: Exclude<Reply, { silence: true }>): Buffer | undefined {
  const isComposable = (record: string) => !/ (HTTPS|SVCB) [1-9]| HOSTADDRESS/.test(record)
  const sections = sectionNames.map((name) => reply[name] ?? [])
  if (!sections.flat().every(isComposable)) return undefined
  const [answer, authority, additional] = sections.map((records) =>
    records.map((record) =>
      record.replace('CLIENTPORT', String(placeholderPort)).replace('SERIAL', '1'),
    ),
  )
  return composeMessage({
    id: 1,
    opcode: reply.opcode,
    rcode: reply.rcode,
    flags: reply.flags.split(' ') as never,
    question: { name: 'q.test.', type: 'A', class: 'IN' },
    answer,
    authority,
    additional,
    edns: reply.opt,
  })
}

function variantsOf(reply: ScriptedReply): ScriptedReply[] {
  const inner = [reply.udp, reply.tcp, ...(reply.sequence ?? [])].filter(
    (each) => each !== undefined,
  )
  return [reply, ...inner.flatMap(variantsOf)]
}
