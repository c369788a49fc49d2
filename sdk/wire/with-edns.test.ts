import { describe, expect, it } from 'vitest'
import { formatMessage, makeQuery, replyWith } from '../testing/index.ts'
import { Message } from './message.ts'
import { withEdns } from './with-edns.ts'

const edns = { udpSize: 1400, extendedRcode: 0, version: 0, flags: 0, options: [] }
const option = { code: 3, data: Uint8Array.of(1, 2) }
const query = makeQuery('a.test A', undefined, { edns: true })
const next = replyWith({
  answer: ['a.test. 60 IN A 192.0.2.1'],
  additional: ['ns.a.test. 60 IN A 192.0.2.2'],
})

describe('a response with another OPT record', () => {
  it('has it behind everything else', () => {
    const response = withEdns(next(query), { ...edns, options: [option] })
    expect(formatMessage(response)).toMatchObject({
      answer: ['a.test. 60 IN A 192.0.2.1'],
      additional: ['ns.a.test. 60 IN A 192.0.2.2'],
      edns: { udpSize: 1400, do: false, options: ['3:0102'] },
    })
    expect(Message.parse(response.toBytes())?.size).toBe(response.size)
  })

  it('has it instead of its own', () => {
    const first = withEdns(next(query), { ...edns, options: [option] })
    const second = withEdns(first, { ...edns, udpSize: 512 })
    expect(second.additionalCount).toBe(2)
    expect(formatMessage(second).edns).toEqual({ udpSize: 512, do: false, options: [] })
  })

  it('keeps the records that came behind its own', () => {
    const first = withEdns(query.reply({}), edns).toBytes()
    const wire = new Uint8Array([...first, 0, 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 1, 65])
    wire[11] = 2
    const response = withEdns(new Message(wire), { ...edns, options: [option] })
    expect(formatMessage(response).additional).toEqual(['. 9 IN TXT "A"'])
    expect(formatMessage(response).edns?.options).toEqual(['3:0102'])
    expect(response.additionalCount).toBe(2)
  })

  it('keeps what is known of it', () => {
    const failure = query.reply({ rcode: 2, cause: 'why' })
    failure.answeredBy = 'x'
    expect(withEdns(failure, edns)).toMatchObject({
      cause: 'why',
      isLocalFailure: true,
      answeredBy: 'x',
    })
  })
})
