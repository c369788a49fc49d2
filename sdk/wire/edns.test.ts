import { describe, expect, it } from 'vitest'
import { composeOpt, type EdnsOptionData, ednsOptionsSize, parseEdnsOptions } from './edns.ts'

const options: EdnsOptionData[] = [
  { code: 3, data: new Uint8Array() },
  { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  { code: 65001, data: Uint8Array.of(0xff) },
]
const edns = { udpSize: 1232, extendedRcode: 1, version: 0, flags: 0x8000, options }

describe('the OPT record', () => {
  it('is composed as RFC 6891 6.1.2 draws it', () => {
    const bytes = new Uint8Array(2 + 11 + ednsOptionsSize(options)).fill(0xee)
    const end = composeOpt(bytes, 2, edns)
    expect(end).toBe(bytes.length)
    const header = [0, 0, 41, 0x04, 0xd0, 1, 0, 0x80, 0, 0, 21]
    const rdata = [0, 3, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0xe9, 0, 1, 0xff]
    expect([...bytes]).toEqual([0xee, 0xee, ...header, ...rdata])
  })

  it('gives its options back', () => {
    const bytes = new Uint8Array(11 + ednsOptionsSize(options))
    const end = composeOpt(bytes, 0, edns)
    expect(parseEdnsOptions(bytes, 11, end)).toEqual(options)
  })

  it('leaves out an option that is cut short, and what follows it', () => {
    const bytes = new Uint8Array(11 + ednsOptionsSize(options))
    const end = composeOpt(bytes, 0, edns)
    const boundaries = [11, 15, 27, 32]
    for (let cut = 11; cut <= end; cut++) {
      const whole = boundaries.filter((at) => at <= cut).length - 1
      expect(parseEdnsOptions(bytes, 11, cut)).toEqual(options.slice(0, whole))
    }
  })

  it('gives copies, which later changes to the message do not reach', () => {
    const bytes = Uint8Array.of(0, 10, 0, 1, 7)
    const [option] = parseEdnsOptions(bytes, 0, 5)
    bytes.fill(0)
    expect([...(option?.data ?? [])]).toEqual([7])
  })
})
