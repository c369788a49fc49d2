import { describe, expect, it } from 'vitest'
import { composeStubDomains } from './stub-domains.ts'

const stubDomains = new Map([['acme.local', ['192.0.2.1', '192.0.2.2:5353']]])
const compose = (base: string): string | undefined =>
  composeStubDomains(stubDomains, { port: 1053, localIps: ['169.254.20.10', 'fd00::a'], base })[0]
    ?.text

describe('the server block of a stub domain', () => {
  it('caches, and forwards to its servers', () => {
    expect(compose('. {\n    whoami\n}\n')).toBe(`acme.local:1053 {
    errors
    cache 30
    bind 169.254.20.10 fd00::a
    forward . 192.0.2.1 192.0.2.2:5353
}
`)
  })

  it.each([
    ['.:53 {\n\tprometheus :9253\n}', '    prometheus :9253\n'],
    ['.:53 {\n    prometheus\n}', '    prometheus\n'],
    ['.:53 {\n    # prometheus :9253\n}', undefined],
    ['.:53 {\n    prometheus :9253 {\n    }\n}', undefined],
  ])('counts its queries where those of %j are counted', (base, line) => {
    const text = compose(base) ?? ''
    if (line === undefined) expect(text).not.toContain('prometheus')
    else expect(text).toContain(line)
  })
})
