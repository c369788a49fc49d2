import { describe, expect, it } from 'vitest'
import { UsageError } from '../flag-syntax.ts'
import { MAX_LOCAL_IPS, parseLocalIps } from './local-ips.ts'

describe('-localip', () => {
  it.each([
    ['169.254.20.10', ['169.254.20.10']],
    ['169.254.20.10,10.96.0.10', ['169.254.20.10', '10.96.0.10']],
    ['169.254.20.10, FD00::000A', ['169.254.20.10', 'fd00::a']],
    ['127.0.0.1,127.0.0.1', ['127.0.0.1']],
  ])('reads %j', (text, ips) => {
    expect(parseLocalIps(text)).toEqual(ips)
  })

  it.each([
    ['', /-localip is needed/],
    ['169.254.20.10,', /invalid localip specified - ""/],
    ['169.254.20.256', /invalid localip specified - "169.254.20.256"/],
    ['169.254.20.10/32', /invalid localip/],
    ['localhost', /invalid localip/],
    ['0.0.0.0', /stands for all addresses/],
    ['::', /stands for all addresses/],
    [Array.from({ length: MAX_LOCAL_IPS + 1 }, (_, i) => `192.0.2.${i}`).join(), /at most/],
  ])('refuses %j', (text, message) => {
    expect(() => parseLocalIps(text)).toThrow(UsageError)
    expect(() => parseLocalIps(text)).toThrow(message)
  })
})
