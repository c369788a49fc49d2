import { describe, expect, it } from 'vitest'
import { UsageError } from './flag-syntax.ts'
import { parseFlags } from './flags.ts'

describe('parseFlags', () => {
  it.each([
    [['-conf', 'x'], { conf: 'x' }],
    [['--conf=x'], { conf: 'x' }],
    [['-dns.port', '1053'], { dnsPort: 1053 }],
    [['-p', '1053'], { dnsPort: 1053 }],
    [['-p=0'], { dnsPort: 0 }],
    [['-quiet', '-version'], { quiet: true, version: true }],
    [['-quiet=false'], { quiet: false }],
    [['-pidfile', '/run/x'], { pidfile: '/run/x' }],
    [[], { conf: '', dnsPort: 53, plugins: false }],
  ])('reads %j', (words, flags) => {
    expect(parseFlags(words)).toMatchObject(flags)
  })

  it.each([
    [['extra'], 'extra command line argument: extra'],
    [['-'], 'extra command line argument: -'],
    [['-nosuch'], 'flag provided but not defined: -nosuch'],
    [['-constructor'], 'flag provided but not defined: -constructor'],
    [['-conf'], 'flag needs an argument: -conf'],
    [['-p', '70000'], 'a port is 0 to 65535'],
    [['-p', 'x'], 'a port is 0 to 65535'],
    [['-quiet=maybe'], 'invalid boolean value "maybe" for -quiet'],
  ])('refuses %j', (words, message) => {
    expect(() => parseFlags(words)).toThrow(UsageError)
    expect(() => parseFlags(words)).toThrow(message)
  })
})
