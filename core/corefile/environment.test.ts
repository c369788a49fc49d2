import { describe, expect, it } from 'vitest'
import { replaceVariables } from './environment.ts'

const environment = {
  A: 'one',
  SPACES: 'a b',
  NESTED: '{$A}-{%A%}',
  SELF: 'x{$SELF}',
  TWICE: '{$TWICE}{$TWICE}',
  DOLLAR: '$&',
}

describe('replacing variables', () => {
  it.each([
    ['a.test', 'a.test'],
    ['{$A}', 'one'],
    ['{%A%}', 'one'],
    ['x{$A}y{$A}z{%A%}', 'xoneyonezone'],
    ['{$SPACES}', 'a b'],
    ['{$UNSET}:53', ':53'],
    ['{$DOLLAR}', '$&'],
    ['{$}', '{$}'],
    ['{$}{$A}', '{$}{$A}'],
    ['{%%}{$A}', '{%%}one'],
    ['{$A', '{$A'],
    ['{%A}', '{%A}'],
    ['{{$A}}', '{one}'],
    ['{{ $A }}', '{{ $A }}'],
    ['{$A:default}', ''],
    ['{$toString}', ''],
  ])('turns %j into %j', (text, expected) => {
    expect(replaceVariables(text, environment).text).toBe(expected)
  })

  it('looks at a replaced value again, but for {%…%} only before {$…}', () => {
    expect(replaceVariables('{$NESTED}', environment).text).toBe('one-{%A%}')
    expect(replaceVariables('{%NESTED%}', environment).text).toBe('one-one')
  })

  it('names the variables that are not set', () => {
    expect(replaceVariables('{$X}{%Y%}{$A}', environment).unset).toEqual(['Y', 'X'])
  })

  it.each(['{$SELF}', '{$TWICE}'])('gives up on %s, which contains itself', (text) => {
    expect(replaceVariables(text, environment).problem).toMatch(/does not come to an end/)
  })
})
