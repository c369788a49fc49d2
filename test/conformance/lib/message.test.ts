import { describe, expect, it } from 'vitest'
import { composeMessage, type MessageDraft, parseMessage } from './message.ts'

const draft: MessageDraft = {
  id: 0x1234,
  rcode: 'BADVERS',
  flags: ['qr', 'aa', 'rd', 'cd'],
  question: { name: 'Www.Example.org.', type: 'A', class: 'IN' },
  answer: ['Www.Example.org. 60 IN CNAME web.example.org.', 'web.example.org. 5 IN A 192.0.2.1'],
  authority: ['example.org. 60 IN NS ns.example.org.'],
  additional: ['ns.example.org. 60 CH TYPE65280 \\# 2 beef'],
  edns: { size: 700, version: 1, do: true, options: ['15:000f', '3:'] },
}

describe('messages', () => {
  it('parse to what they were composed from', () => {
    const parsed = parseMessage(composeMessage(draft))
    expect(parsed).toMatchObject({ id: 0x1234, opcode: 'QUERY', rcode: 'BADVERS', opt: draft.edns })
    expect(parsed.flags).toEqual(draft.flags)
    expect(parsed.questions).toEqual([draft.question])
    expect(parsed.sections.answer[1]).toEqual({
      ...{ owner: 'web.example.org.', ttlSeconds: 5, class: 'IN', type: 'A', rdata: '192.0.2.1' },
    })
    expect(parsed.sections.additional[0]?.rdata).toBe('\\# 2 beef')
  })

  it('say the same, in fewer octets, when owners are compressed', () => {
    const plain = composeMessage(draft)
    const compressed = composeMessage({ ...draft, compress: true })
    expect(parseMessage(compressed)).toEqual(parseMessage(plain))
    // Two names that occurred before: the question's, and the target of the CNAME.
    expect(plain.length - compressed.length).toBe(2 * ('web.example.org.'.length + 1 - 2))
  })

  it('are malformed when cut short at any octet', () => {
    const whole = composeMessage({ ...draft, compress: true })
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseMessage(whole.subarray(0, length)), `${length} octets`).toThrow()
    }
  })

  it.each([
    ['octets after the last record', '0000800000000000000000000000', /2 octets after/],
    ['a pointer to itself', '000080000001000000000000c00c00010001', /point backwards/],
    ['a reserved label type', '000080000001000000000000410000010001', /reserved/],
    ['two OPT records', `000080000000000000000002${'0000290000000000000000'.repeat(2)}`, /two OPT/],
    [
      'RDATA longer than its type',
      '00008000000000010000000000000100010000000000050102030405',
      /longer/,
    ],
  ])('are malformed with %s', (_, hex, problem) => {
    expect(() => parseMessage(Buffer.from(hex, 'hex'))).toThrow(problem)
  })
})
