import {
  FakeClock,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import schedule from './index.ts'

const rules = `schedule status.test {
  when mon-fri 08:00-18:00 10.0.0.0/8 use 192.0.2.1
  when 22:00-06:00 use 192.0.2.2
  when sat,sun use 192.0.2.3 2001:db8::3
  otherwise 192.0.2.4
  ttl 10m
}`

/** The answer at a moment, to a client: `TTL ADDRESS`. */
async function answer(moment: string, client: string, text = rules, type = 'A'): Promise<string> {
  const clock = new FakeClock()
  clock.setWall(Date.parse(moment))
  const host = fakeHost({ plugin: 'schedule', clock })
  const loaded = await loadPlugin(schedule, text, { host })
  const response = formatMessage(await loaded.ask('Status.TEST', type, { client }))
  await loaded.shutdown()
  return response.answer.map((rr) => rr.replace(/^(\S+) (\d+) IN \w+ (\S+)$/, '$2 $3')).join()
}

describe('schedule', () => {
  // 2026-07-06 is a Monday.
  it.each([
    ['2026-07-06T08:00:00Z', '10.1.2.3', '600 192.0.2.1'],
    ['2026-07-06T17:55:30Z', '10.1.2.3', '270 192.0.2.1'],
    ['2026-07-06T18:00:00Z', '10.1.2.3', '600 192.0.2.4'],
    ['2026-07-06T12:00:00Z', '192.0.2.9', '600 192.0.2.4'],
    ['2026-07-06T12:00:00Z', '2001:db8::1', '600 192.0.2.4'],
    ['2026-07-06T22:00:00Z', '192.0.2.9', '600 192.0.2.2'],
    ['2026-07-06T05:59:59Z', '192.0.2.9', '1 192.0.2.2'],
    ['2026-07-04T12:00:00Z', '10.1.2.3', '600 192.0.2.3'],
    ['2026-07-05T21:59:00Z', '10.1.2.3', '60 192.0.2.3'],
  ])('answers at %s to %s with %s', async (moment, client, expected) => {
    expect(await answer(moment, client)).toBe(expected)
  })

  it('gives addresses of the family asked for, and nothing for other types', async () => {
    expect(await answer('2026-07-04T12:00:00Z', '10.0.0.1', rules, 'AAAA')).toBe('600 2001:db8::3')
    expect(await answer('2026-07-04T12:00:00Z', '10.0.0.1', rules, 'MX')).toBe('')
  })

  it('goes by the time zone, in summer and in winter', async () => {
    const text =
      'schedule status.test { when 08:00-09:00 use 192.0.2.1\n timezone Europe/Amsterdam }'
    expect(await answer('2026-07-06T06:30:00Z', '10.0.0.1', text)).toBe('300 192.0.2.1')
    expect(await answer('2026-01-05T07:30:00Z', '10.0.0.1', text)).toBe('300 192.0.2.1')
  })

  it('passes other names on, and its own when nothing holds', async () => {
    const loaded = await loadPlugin(
      schedule,
      'schedule status.test { when 203.0.113.0/24 use 192.0.2.1 }',
    )
    await loaded.ask('status.test', 'A')
    await loaded.ask('other.test', 'A', { client: '203.0.113.1' })
    expect(loaded.passed).toHaveLength(2)
    await loaded.shutdown()
  })

  testOptions(
    schedule,
    [
      { text: 'schedule a.test', error: /no rule/ },
      { text: 'schedule a.test { when mon use }', error: /use IP/, at: 'when' },
      {
        text: 'schedule a.test { when 25:00-26:00 use 192.0.2.1 }',
        error: /days/,
        at: '25:00-26:00',
      },
      { text: 'schedule a.test { when mon use 192.0.2.300 }', error: /IP/, at: '192.0.2.300' },
      {
        text: 'schedule a.test { when mon use 192.0.2.1\n timezone Mars }',
        error: /no time zone/,
        at: 'Mars',
      },
    ],
    { it },
  )

  lifeCycleSuite(schedule, 'schedule example.org { when 0.0.0.0/0 use 192.0.2.1 }', {
    it,
    bad: { corefile: 'schedule a.test { when noon use 192.0.2.1 }', at: 'noon' },
  })
})
