import { describe, expect, it } from 'vitest'
import { read } from './sources.ts'

const declarations = read('sdk/errors.ts').text
const documentation = read('docs/errors.md').text

/** The members of a closed union of strings in sdk/errors.ts. */
function codesOf(type: string): string[] {
  const union = new RegExp(`export type ${type} =\\n((?:  \\| '[^']+'\\n)+)`).exec(declarations)
  return [...(union?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, code = '']) => code).sort()
}

/** The first column of the table under a heading. */
function documentedUnder(heading: string): string[] {
  const start = documentation.indexOf(`## ${heading}\n`)
  const end = documentation.indexOf('\n## ', start + 1)
  const section = documentation.slice(start, end < 0 ? undefined : end)
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code = '']) => code).sort()
}

describe.each([
  ['ConfigErrorCode', 'Mistakes in a configuration'],
  ['DnsErrorCode', 'Failures to answer a query'],
])('the codes of %s', (type, heading) => {
  it('are those that docs/errors.md explains', () => {
    expect(codesOf(type).length).toBeGreaterThan(5)
    expect(documentedUnder(heading)).toEqual(codesOf(type))
  })
})
