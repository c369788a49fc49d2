import { describe, expect, it } from 'vitest'
import { encryptCorefile } from './encrypted-corefile.ts'

const certificate = { certPath: '/a.crt', keyPath: '/a key' }
const tls = '    tls "/a.crt" "/a key"'

describe('a Corefile for TLS', () => {
  it.each([
    ['has the scheme in its keys', '.:{port} {', ['tls://.:{port} {', tls]],
    ['has ports in its keys', 'a.test {', ['tls://a.test:{port} {', tls]],
    ['loses the scheme of plain DNS', 'dns://a:{port2} {', ['tls://a:{port2} {', tls]],
    [
      'has them in every key of a block',
      'a:{port}, b,\nfd00::/32:{port2}\n{',
      ['tls://a:{port}, tls://b:{port},', 'tls://fd00::/32:{port2}', '{', tls],
    ],
    [
      'keeps comments, quotes and blocks inside',
      '# a {\n\ta {  # b {\n template {\n  answer "} # {"\n }',
      ['# a {', `\ttls://a:{port} {\n${tls}  # b {`, ' template {', '  answer "} # {"', ' }'],
    ],
    ['keeps snippets', '(a) {\n any\n}\na {', ['(a) {', ' any', '}', 'tls://a:{port} {', tls]],
  ])('%s', (_, corefile, lines) => {
    const rest = ['', '    whoami', '}', ''].join('\n')
    const expected = { corefile: lines.join('\n') + rest }
    expect(encryptCorefile(corefile + rest, 'tls', certificate)).toEqual(expected)
    const recorded = (corefile + rest).split('\n')
    expect(encryptCorefile(recorded, 'tls', certificate)).toEqual(expected)
  })

  it.each([
    ['server blocks from other files', 'import blocks\na {\n}'],
    ['a block on one line', 'a { whoami }'],
    ['a block without braces', 'a\nwhoami\n'],
    ['the key tls://a:{port} as it is', 'tls://a:{port} {\n}'],
    ['the key a:53 as it is', 'a:53 {\n}'],
    ['the key fd00::/32 as it is', 'fd00::/32 {\n}'],
    ['the key {$ZONE} as it is', '{$ZONE} {\n}'],
    ['the key "a" as it is', '"a" {\n}'],
  ])('is not made where it would need %s', (obstacle, corefile) => {
    expect(encryptCorefile(corefile, 'tls', certificate)).toEqual({ obstacle })
  })
})
