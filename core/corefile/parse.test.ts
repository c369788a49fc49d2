import type { Statement } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import type { Corefile } from './parse.ts'
import { parseCorefile } from './parse.ts'
import { tableFiles } from './table-files.ts'

const directiveNames = ['whoami', 'cache', 'forward', 'hosts', 'errors', 'log', 'chaos']

function parse(lines: string | readonly string[], environment = {}): Corefile {
  return parseCorefile(typeof lines === 'string' ? lines : lines.join('\n'), {
    path: '/etc/Corefile',
    files: tableFiles({}),
    environment,
    isDirective: (name) => directiveNames.includes(name),
    directiveNames,
  })
}

/** Blocks as text: `keys { directive args { statement } }`. */
function blocksOf(corefile: Corefile): string[] {
  return corefile.blocks.map(({ keys, directives }) => {
    const statements = directives.flatMap(({ occurrences }) => occurrences.map(format))
    return `${keys.map((key) => key.text).join(' ')} { ${statements.join('; ')} }`
  })
}

function format({ keyword, args, block }: Statement): string {
  const words = [keyword, ...args].map((token) => token.text).join(' ')
  return block === undefined ? words : `${words} { ${block.map(format).join('; ')} }`
}

function errorsOf({ errors }: Corefile): string[] {
  return errors.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`)
}

function warningsOf({ warnings }: Corefile): string[] {
  return warnings.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`)
}

describe('server blocks', () => {
  const cases: [description: string, lines: string[], blocks: string[]][] = [
    ['a block', ['.:53 {', '  whoami', '}'], ['.:53 { whoami }']],
    ['a brace on the next line', ['.:53', '{', '  whoami', '}'], ['.:53 { whoami }']],
    ['an empty block', ['.:53 {', '}', 'a.test { }'], ['.:53 {  }', 'a.test {  }']],
    ['several keys', ['a.test b.test {', '}'], ['a.test b.test {  }']],
    ['keys with commas', ['a.test, b.test,', 'c.test {', '}'], ['a.test b.test c.test {  }']],
    ['no braces', ['.:53', 'whoami', 'cache 30'], ['.:53 { whoami; cache 30 }']],
    ['a lone key', ['.:53'], ['.:53 {  }']],
    ['two blocks', ['a.test {', '}', 'b.test {', '}'], ['a.test {  }', 'b.test {  }']],
    ['two blocks on a line', ['a.test {', '} b.test {', '}'], ['a.test {  }', 'b.test {  }']],
    ['a quoted directive', ['.:53 {', '"whoami"', '}'], ['.:53 { whoami }']],
    ['a quoted brace, which is a brace', ['.:53 "{"', 'whoami', '"}"'], ['.:53 { whoami }']],
    ['a directive on the line of the brace', ['.:53 { whoami', '}'], ['.:53 { whoami }']],
    ['no key: nothing', ['{', 'whoami', '}', '"" {', 'whoami', '}'], []],
    ['nothing', ['# nothing'], []],
    ['a key that is a word of braces', ['}}}'], ['}}} {  }']],
  ]
  it.each(cases)('reads %s', (_, lines, blocks) => {
    const corefile = parse(lines)
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual(blocks)
  })

  it('points at the first key', () => {
    expect(parse('\n a.test b.test {\n}').blocks[0]?.at).toMatchObject({ line: 2, column: 2 })
  })

  it('gives one key for each zone of an address block', () => {
    const [block] = parse('10.0.0.0/23:53 a.test {\n}').blocks
    expect(block?.keys.map((key) => key.zone)).toEqual([
      '0.0.10.in-addr.arpa.',
      '1.0.10.in-addr.arpa.',
      'a.test.',
    ])
  })

  it('replaces variables in keys, directives and arguments, one word each', () => {
    const lines = ['{$ZONE}:{%PORT%} {$NONE} {', '{$NAME} {$ARGS} {$NONE} {$}', '}']
    const corefile = parse(lines, { ZONE: 'a.test', PORT: '53', NAME: 'cache', ARGS: '30 a' })
    expect(blocksOf(corefile)).toEqual(['a.test:53 { cache 30 a  {$} }'])
    expect(corefile.blocks[0]?.directives[0]?.occurrences[0]?.args).toHaveLength(3)
    expect(warningsOf(corefile)).toEqual([
      `1:18 the environment variable 'NONE' is not set`,
      `2:17 the environment variable 'NONE' is not set`,
    ])
  })
})

describe('directives', () => {
  const cases: [description: string, lines: string[], directives: string][] = [
    [
      'arguments and a block',
      ['cache 30 a {', 'success 1 2', 'denial 3', '}'],
      'cache 30 a { success 1 2; denial 3 }',
    ],
    ['an empty block', ['cache {', '}', 'hosts { }'], 'cache {  }; hosts {  }'],
    ['nested blocks', ['cache {', 'a {', 'b c', '}', 'd', '}'], 'cache { a { b c }; d }'],
    ['a statement on the line of the brace', ['cache { success 1', '}'], 'cache { success 1 }'],
    [
      'arguments after a quoted word that spans lines',
      ['chaos "a', 'b" c', 'log'],
      'chaos a\nb c; log',
    ],
    ['quoted words side by side', ['chaos "a""b"'], 'chaos a b'],
    ['words with braces in them', ['chaos {{ {1} }}'], 'chaos {{ {1} }}'],
    ['a brace that closes after arguments', ['cache { success 1 }'], 'cache { success 1 }'],
  ]
  it.each(cases)('reads %s', (_, lines, directives) => {
    const corefile = parse(['.:53 {', ...lines, '}'])
    expect(errorsOf(corefile)).toEqual([])
    expect(blocksOf(corefile)).toEqual([`.:53 { ${directives} }`])
  })

  it('gathers all occurrences of a name in the order of the first ones', () => {
    const [block] = parse(['.:53 {', 'forward a', 'log', 'forward b', '}']).blocks
    expect(block?.directives.map(({ name, occurrences }) => [name, occurrences.length])).toEqual([
      ['forward', 2],
      ['log', 1],
    ])
  })
})

describe('mistakes', () => {
  const cases: [description: string, lines: string[], errors: string[]][] = [
    [
      'an unknown directive',
      ['.:53 {', '  forwrad . {', 'x', '}', '}'],
      [`2:3 unknown directive 'forwrad'`],
    ],
    [
      'a directive in the wrong case',
      ['.:53 {', 'Whoami', '}'],
      [`2:1 unknown directive 'Whoami'`],
    ],
    [
      'a comma before a brace',
      ['a.test, {', '}'],
      [`1:1 expected another key after ',' but found '{'`],
    ],
    ['a comma at the end', ['a.test,'], [`1:1 another key must follow ','`]],
    [
      'a comma on its own',
      ['a.test , b.test {', '}'],
      [`1:8 ',' must follow a key without a space`],
    ],
    ['a block on one line', ['.:53 { whoami }'], [`1:15 '}' must stand on its own line`]],
    [
      'a brace glued to a key',
      ['.:53{', 'whoami', '}'],
      [`1:1 '{' is read as part of the word '.:53{'`],
    ],
    [
      'a brace glued to a directive',
      ['.:53 {', 'cache{', 'success 1', '}', '}'],
      [`2:1 '{' is read as part of the word 'cache{'`],
    ],
    [
      'a brace glued to an argument',
      ['.:53 {', 'cache 30{', 'success 1', '}', '}'],
      [`2:7 '{' is read as part of the word '30{'`],
    ],
    [
      'a brace on the line after a directive',
      ['.:53 {', 'cache', '{', 'success 1', '}', '}'],
      [`3:1 '{' must stand on the same line as 'cache'`],
    ],
    [
      'a block without a keyword',
      ['.:53 {', 'cache {', '{', 'x', '}', '}', '{', '}', '}'],
      [
        `3:1 '{' needs a keyword in front of it on the same line`,
        `7:1 '{' needs a keyword in front of it on the same line`,
      ],
    ],
    [
      'words after a block',
      ['.:53 {', 'cache {', '} 30 {', 'x', '}', 'whoami', '}'],
      [`3:3 unexpected '30' after '}'`],
    ],
    ['a block without an end', ['.:53 {', 'whoami'], [`1:6 this '{' is never closed`]],
    [
      'nested blocks without an end',
      ['.:53 {', 'cache {', 'success 1'],
      [`2:7 this '{' is never closed`, `1:6 this '{' is never closed`],
    ],
    [
      'a brace too many between blocks',
      ['a.test {', '}', '}', 'b.test {', '}'],
      [`3:1 this '}' has no matching '{'`],
    ],
    [
      'a closing brace among keys',
      ['a.test }', 'whoami'],
      [`1:8 '}' where a key or '{' was expected`],
    ],
    [
      'a bad key',
      ['a..test b.test:99999 {', 'whoami', '}'],
      [
        `1:1 'a..test' is not a valid zone name: a label is empty`,
        '1:9 the port 99999 is not between 0 and 65535',
      ],
    ],
    [
      'a quote without an end',
      ['.:53 {', 'hosts {', '192.0.2.1 "a.test', '}', 'whomi', '}'],
      ['3:11 the quote that starts here is never closed', `5:1 unknown directive 'whomi'`],
    ],
    [
      'blocks nested too deep',
      ['.:53 {', `cache${' {\nx'.repeat(60)}`, '}\n'.repeat(61)],
      [`52:3 blocks are nested more than 50 deep`],
    ],
    [
      'a variable without an end',
      ['.:53 {', 'cache {$LOOP}', '}'],
      [`2:7 replacing the variable 'LOOP' does not come to an end`],
    ],
  ]
  it.each(cases)('are found: %s', (_, lines, errors) => {
    expect(errorsOf(parse(lines, { LOOP: '{$LOOP}' }))).toEqual(errors)
  })

  it('are found all at once, and what follows is still read', () => {
    const corefile = parse([
      'a.test:70000 {',
      '  cahce 30',
      '  whoami',
      '}',
      'b.test, {',
      '  cache{',
      '    success 1',
      '  }',
      '  import',
      '  logg',
      '}',
      'c.test {',
      '  whoami',
      '}',
    ])
    expect(errorsOf(corefile).map((error) => error.split(' ')[0])).toEqual([
      '1:1',
      '2:3',
      '5:1',
      '6:3',
      '9:3',
      '10:3',
    ])
    expect(blocksOf(corefile)[2]).toBe('c.test { whoami }')
  })

  it('come with the name that was probably meant', () => {
    expect(parse('.:53 {\nforwrad .\n}').errors[0]?.suggestion).toBe(`did you mean 'forward'?`)
    expect(parse('.:53 {\nimprot x\n}').errors[0]?.suggestion).toBe(`did you mean 'import'?`)
  })

  it('names the block whose end is missing when the next key is taken for a directive', () => {
    const corefile = parse(['a.test {', '  whoami', 'b.test {', '  whoami', '}'])
    expect(errorsOf(corefile)).toEqual([`3:1 unknown directive 'b.test'`])
    expect(corefile.errors[0]?.suggestion).toMatch(/'}' of the one opened at line 1 is missing/)
    expect(blocksOf(corefile)).toEqual(['a.test { whoami }', 'b.test { whoami }'])
  })

  it('tells that several blocks need braces', () => {
    const corefile = parse(['a.test', 'whoami', 'b.test {', 'whoami', '}'])
    expect(corefile.errors[0]?.suggestion).toMatch(/each needs '{ }'/)
  })

  it('stops counting them at some point', () => {
    const { errors } = parse(`.:53 {\n${'nosuch\n'.repeat(1000)}}`)
    expect(errors).toHaveLength(201)
    expect(errors.at(-1)?.message).toBe('too many problems: the rest is not shown')
  })
})

describe('what CoreDNS accepts by accident', () => {
  const cases: [description: string, lines: string[], warnings: string[]][] = [
    [
      'a brace too many at the end',
      ['.:53 {', '}', '}', '}'],
      [`3:1 this '}' has no matching '{'`],
    ],
    [
      'one brace that closes two blocks',
      ['.:53 {', 'cache {', 'success 1', '}'],
      [`1:6 this '{' is never closed`],
    ],
    [
      'a brace that ends a block without braces',
      ['.:53', 'whoami', '}'],
      [`3:1 '}' ends a server block that has no '{'`],
    ],
    [
      'a brace after an argument',
      ['.:53 {', 'cache { success 1 }', '}'],
      [`2:19 '}' follows an argument on the same line`],
    ],
    [
      'a block without keys',
      ['{', 'whoami', '}'],
      ['1:1 this server block has no key and is left out'],
    ],
    [
      'an odd zone name',
      ['a_b {', '}'],
      ['1:1 Domain "a_b." does not follow RFC1035 preferred syntax'],
    ],
  ]
  it.each(cases)('gets a warning: %s', (_, lines, warnings) => {
    const corefile = parse(lines)
    expect(errorsOf(corefile)).toEqual([])
    expect(warningsOf(corefile)).toEqual(warnings)
  })
})
