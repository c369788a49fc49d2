/** What people write as rules: the words of *rewrite*, and the expressions of *view*. */

import {
  ConfigError,
  ConfigErrors,
  compileExpression,
  ExpressionError,
  Message,
  queryFunctions,
  type Random,
} from '@fingerpost/sdk'
import { compileRegexp } from '@fingerpost/sdk/regexp'
import { loadPlugin, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import rewrite from '../../plugins/rewrite/index.ts'
import { mutate, pick } from './mutate.ts'
import { ensure, type Target } from './target.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const WORDS = (
  'continue stop name exact prefix suffix substring regex answer auto value type class ttl rcode ' +
  'cname edns0 local nsid subnet set append replace unset revert a.test .a.test b.test .b.test ' +
  '(.*)[.]a[.]test {1}.b.test {1} {2} ^(a|b)$ pre- 60 60-120 -5 5- A ANY MX IN CH NXDOMAIN 0 3 ' +
  '65001 0xffee 0x0102 {qname} {client_ip} {a/b} 24 56 . xn--a * @ \\. \\065 '
).split(' ')
const NAMES = [
  'a.test',
  'x.a.test',
  'pre-.a.test',
  'x.b.test',
  'A.TEST',
  `${'y'.repeat(63)}.a.test`,
]

/** A rule of *rewrite*; the response must be one to the client's question. */
export const rewriteTarget: Target = {
  name: 'rewrite rules',
  input: 'the words of a rule',
  share: 100,
  prepare: (random) => ({ next: () => encoder.encode(nextRule(random)), check: checkRule }),
}

function nextRule(random: Random): string {
  const fields = ['name', 'type', 'class', 'ttl', 'rcode', 'cname', 'edns0']
  const words = Array.from({ length: 1 + random.below(8) }, () => pick(random, WORDS))
  const rule = `${random.below(4) === 0 ? '' : `${pick(random, fields)} `}${words.join(' ')}`
  if (random.below(4) > 0) return rule
  return decoder.decode(mutate(random, encoder.encode(rule)))
}

const records = ['a.test. 5 IN CNAME x.b.test.', 'x.b.test. 5 IN MX 1 m.a.test.']
const next = replyWith({ answer: records })

async function checkRule(input: Uint8Array): Promise<void> {
  const rule = decoder
    .decode(input)
    .replace(/[\r\n{}"#]/g, (char) => (/[{}]/.test(char) ? char : ' '))
  try {
    const loaded = await loadPlugin(rewrite, `rewrite ${rule}`, { next })
    for (const name of NAMES) {
      const query = makeQuery(name, 'A', { edns: true })
      const response = await loaded.ask(query)
      ensure(Message.parse(response.toBytes()) !== undefined, 'the response can not be walked')
      const isOther = loaded.passed.at(-1) !== query
      ensure(!isOther || response.qname.equals(query.qname), 'the question is not restored')
    }
    await loaded.shutdown()
  } catch (error) {
    const isSaid = error instanceof ConfigErrors || error instanceof ConfigError
    // Words that make no directive at all are the reader's to refuse.
    if (!isSaid && !(error instanceof RangeError)) throw error
  }
}

const PARTS =
  'name() type() \'a\' "b" 1 2.5 0x1f true nil + - * / % ** == != < <= > >= and or not in matches ' +
  'contains startsWith endsWith ? : ?? .. ( ) [ ] , . | len( incidr( client_ip() lower( split( ' +
  "metadata('a/b') '10.0.0.0/8' \\ ' ` # {"

/** An expression: a value, or a mistake with its place. */
export const expressionTarget: Target = {
  name: 'expressions',
  input: 'an expression',
  share: 100,
  prepare: (random) => ({
    next: () => encoder.encode(nextExpression(random)),
    check: checkExpression,
  }),
}

function nextExpression(random: Random): string {
  const parts = PARTS.split(' ')
  const text = Array.from({ length: 1 + random.below(12) }, () => pick(random, parts)).join(' ')
  return random.below(4) > 0 ? text : decoder.decode(mutate(random, encoder.encode(text)))
}

const query = makeQuery('www.a.test', 'A', { client: '10.0.0.1' })

function checkExpression(input: Uint8Array): void {
  const source = decoder.decode(input)
  let evaluate: ReturnType<typeof compileExpression<typeof query>>['evaluate']
  try {
    evaluate = compileExpression(source, { functions: queryFunctions, compileRegexp }).evaluate
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    ensure(error.at >= 0 && error.at <= source.length, 'the mistake is nowhere')
    return
  }
  try {
    evaluate(query)
  } catch (error) {
    // What can't be evaluated says so; anything else is a fault of ours.
    ensure(
      error instanceof TypeError || error instanceof RangeError || isOfRegexp(error),
      String(error),
    )
  }
}

function isOfRegexp(error: unknown): boolean {
  return error instanceof Error && /RE2|regexp/i.test(error.constructor.name + error.message)
}
