import { describe, expect, it } from 'vitest'
import {
  DEFAULT_ADMIN_ADDRESS,
  isLoopback,
  parseAdminAddress,
  parseAdminToken,
} from './admin-address.ts'

describe('the admin address', () => {
  it.each([
    [DEFAULT_ADMIN_ADDRESS, { host: '127.0.0.1', port: 8053 }],
    [':8053', { host: '', port: 8053 }],
    ['[::1]:8053', { host: '::1', port: 8053 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['off', undefined],
  ])('is read from %s', (text, address) => {
    expect(parseAdminAddress(text)).toEqual(address)
  })

  it.each(['', '8053', '127.0.0.1', '127.0.0.1:x', '127.0.0.1:65536', '300.0.0.1:80', 'OFF '])(
    'is not %j',
    (text) => {
      expect(() => parseAdminAddress(text)).toThrow('an admin address is ADDRESS:PORT or off')
    },
  )

  it.each([
    ['127.0.0.1', true],
    ['127.3.2.1', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['localhost', true],
    ['LocalHost', true],
    ['', false],
    ['0.0.0.0', false],
    ['::', false],
    ['192.0.2.1', false],
    ['fe80::1%eth0', false],
    ['localhost.example.org', false],
    ['127.0.0.1.example.org', false],
  ])('%s is a loopback address: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected)
  })
})

describe('the admin token', () => {
  it('is what the file holds, without the space around it', () => {
    expect(parseAdminToken('correct-horse-battery\n')).toBe('correct-horse-battery')
  })

  it.each([
    ['', 'one line of letters'],
    ['short', 'at least 16 characters'],
    ['correct horse battery', 'one line of letters'],
    ['correct-horse\nbattery-staple', 'one line of letters'],
    ['correct-hörse-battery', 'one line of letters'],
  ])('is not %j', (text, reason) => {
    expect(() => parseAdminToken(text)).toThrow(reason)
  })
})
