import { FakeClock, FakeNetwork, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { stubAnswers } from './stub-probe.ts'

const STUB = '127.0.0.53'

describe('the stub of systemd-resolved', () => {
  it('is there when it knows localhost', async () => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const stub = network.udpUpstream(
      STUB,
      53,
      replyWith({ answer: ['localhost. 0 IN A 127.0.0.1'] }),
    )
    const asked = stubAnswers({ clock, network }, STUB)
    await clock.advance(1)
    expect(await asked).toBe(true)
    expect(stub.asked.map((query) => `${query.qname} ${query.qtype}`)).toEqual(['localhost. 1'])
    expect([network.openSockets, clock.openTimers]).toEqual([0, 0])
  })

  it.each([
    ['silent, asked twice', () => undefined, 2],
    ['not there', () => 'refused' as const, 2],
  ])('is not there when it is %s', async (_, answer, count) => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const stub = network.udpUpstream(STUB, 53, answer)
    const asked = stubAnswers({ clock, network }, STUB)
    for (let i = 0; i < 4; i++) await clock.advance(500)
    expect(await asked).toBe(false)
    expect(stub.asked).toHaveLength(count)
    expect([network.openSockets, clock.openTimers]).toEqual([0, 0])
  })
})
