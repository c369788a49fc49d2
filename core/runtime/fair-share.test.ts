import { describe, expect, it } from 'vitest'
import { type Admission, FairShare, MAX_HEAVY_CLIENTS } from './fair-share.ts'

/** Windows in which clients send what `rates` says, per ms, and as much is let in as was planned. */
function run(
  rates: Readonly<Record<string, number>>,
  budget: number,
  windows = 12,
): { admission: Admission | undefined; letIn: Record<string, number> } {
  const fairShare = new FairShare()
  const total = Object.values(rates).reduce((sum, rate) => sum + rate, 0)
  let admission: Admission | undefined
  const shareOf = (client: string): number =>
    admission?.clients.get(client) ?? admission?.others ?? 1
  for (let i = 0; i < windows; i++) {
    // A hundred datagrams of which every tenth is looked at.
    for (const [client, rate] of Object.entries(rates)) {
      const count = Math.round(rate * 10 * shareOf(client))
      for (let n = 0; n < count; n++) fairShare.sample(client)
    }
    fairShare.endWindow()
    admission = fairShare.plan(total, budget)
  }
  const letIn = Object.entries(rates).map(([client, rate]) => [client, rate * shareOf(client)])
  return { admission, letIn: Object.fromEntries(letIn) }
}

describe('FairShare', () => {
  it('lets everything in where there is enough for all', () => {
    expect(run({ a: 10, b: 5 }, 15).admission).toBeUndefined()
  })

  it('takes from the one that sends a hundred times as much, and from nobody else', () => {
    const { letIn } = run({ flood: 100, quiet: 1 }, 20)
    expect(letIn.quiet).toBe(1)
    expect(letIn.flood).toBeCloseTo(19, 0)
  })

  it('gives heavy ones alike, and to one that wants less what it wants', () => {
    const { letIn } = run({ a: 60, b: 30, c: 6 }, 30)
    expect(letIn.c).toBe(6)
    expect(letIn.a).toBeCloseTo(12, 0)
    expect(letIn.b).toBeCloseTo(12, 0)
  })

  it('takes a part of everything where nobody sends much', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, 1]))
    const { admission } = run(many, 50)
    expect(admission?.clients.size).toBe(0)
    expect(admission?.others).toBeCloseTo(0.25, 2)
  })

  it('leaves a tenth to a heavy one beside very many', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, 1]))
    const { letIn } = run({ ...many, heavy: 40 }, 20)
    expect(letIn.heavy).toBeGreaterThan(1)
    expect(letIn.heavy).toBeLessThan(6)
  })

  it('knows no more clients than the filter has room for', () => {
    const rates = Object.fromEntries(Array.from({ length: 18 }, (_, i) => [`c${i}`, 10]))
    expect(run(rates, 20).admission?.clients.size ?? 0).toBeLessThanOrEqual(MAX_HEAVY_CLIENTS)
  })

  it('finds out when a client sends less', () => {
    const fairShare = new FairShare()
    for (let i = 0; i < 100; i++) fairShare.sample('a')
    fairShare.endWindow()
    expect(fairShare.plan(100, 10)?.clients.get('a')).toBeCloseTo(0.1, 5)
    fairShare.sample('a')
    fairShare.endWindow()
    expect(fairShare.plan(10, 10)).toBeUndefined()
    expect(fairShare.withoutHeavy()).toBeUndefined()
  })

  it('has nothing in of heavy ones, for once', () => {
    const fairShare = new FairShare()
    expect(fairShare.withoutHeavy()).toBeUndefined()
    for (let i = 0; i < 100; i++) fairShare.sample('a')
    fairShare.sample('b')
    fairShare.endWindow()
    fairShare.plan(101, 10)
    expect(fairShare.withoutHeavy()).toEqual({ clients: new Map([['a', 0]]), others: 1 })
    fairShare.reset()
    expect(fairShare.withoutHeavy()).toBeUndefined()
  })

  it('knows who sends the most', () => {
    const fairShare = new FairShare()
    expect(fairShare.heaviest).toBeUndefined()
    for (let i = 0; i < 60; i++) fairShare.sample('a')
    for (let i = 0; i < 30; i++) fairShare.sample('b')
    fairShare.endWindow()
    expect(fairShare.heaviest).toBe('a')
  })

  it('plans without a sample', () => {
    expect(new FairShare().plan(10, 5)).toEqual({ clients: new Map(), others: 0.5 })
    expect(new FairShare().plan(0, 0)).toBeUndefined()
  })
})
