import { describe, expect, it } from 'vitest'
import { MAX_SERIES, Metrics } from './metrics.ts'

describe('Metrics', () => {
  it('gives the same counter for the same name and labels', () => {
    const metrics = new Metrics()
    metrics.counter('a_total', 'A.', ['x']).labels('1').add()
    metrics.counter('a_total', 'A.', ['x']).labels('1').add(2)
    metrics.counter('a_total', 'A.', ['x']).labels('2').add()
    expect(metrics.value('a_total', '1')).toBe(3)
    expect(metrics.value('a_total', '2')).toBe(1)
    expect(metrics.value('a_total', '3')).toBeUndefined()
  })

  it('puts observations at the first bound that is not below them', () => {
    const metrics = new Metrics()
    const histogram = metrics.histogram('a_seconds', 'A.', [1, 2, 4])
    for (const value of [0, 1, 1.5, 4, 4.1, 1e9]) histogram.observe(value)
    const [family] = metrics.families()
    const [series] = family?.series.values() ?? []
    expect(series?.buckets).toEqual([2, 1, 1, 2])
    expect(family?.bounds).toEqual([1, 2, 4])
    expect(series?.value).toBeCloseTo(1e9 + 10.6)
  })

  it.each<[string, (metrics: Metrics) => unknown]>([
    ['kind', (metrics) => metrics.gauge('a_total', 'A.', ['x'])],
    ['labels', (metrics) => metrics.counter('a_total', 'A.', ['y'])],
    ['buckets', (metrics) => metrics.histogram('b_seconds', 'B.', [2])],
  ])('refuses a metric that was made before with another %s', (_, make) => {
    const metrics = new Metrics()
    metrics.counter('a_total', 'A.', ['x'])
    metrics.histogram('b_seconds', 'B.', [1])
    expect(() => make(metrics)).toThrow(TypeError)
  })

  it.each<[string, readonly string[]]>([
    ['with-dash_total', []],
    ['1a', []],
    ['', []],
    ['a_total', ['with-dash']],
    ['a_total', ['__name']],
    ['a_total', ['']],
  ])("refuses the name '%s' with labels %j", (name, labels) => {
    expect(() => new Metrics().counter(name, 'A.', labels)).toThrow(TypeError)
  })

  it("keeps a histogram's own label for itself", () => {
    expect(() => new Metrics().histogram('a', 'A.', [], ['le'])).toThrow(TypeError)
  })

  it('refuses label values that do not fit the labels', () => {
    const counter = new Metrics().counter('a_total', 'A.', ['x', 'y'])
    expect(() => counter.labels('1')).toThrow('x, y')
  })

  it('counts label sets beyond the limit together', () => {
    const metrics = new Metrics()
    const counter = metrics.counter('a_total', 'A.', ['x', 'y'])
    for (let i = 0; i < MAX_SERIES + 5; i++) counter.labels(String(i), '').add()
    counter.labels('7', '').add()
    const [family] = metrics.families()
    expect(family?.series.size).toBe(MAX_SERIES + 1)
    expect(metrics.value('a_total', 'other', 'other')).toBe(5)
    expect(metrics.value('a_total', '7', '')).toBe(2)
  })

  it('reads what is read at scrapes, until told not to, and survives what throws', () => {
    const metrics = new Metrics()
    const gauge = metrics.gauge('a', 'A.')
    let reads = 0
    metrics.onCollect(() => {
      throw new Error('nothing to read')
    })
    const stop = metrics.onCollect(() => gauge.set(++reads))
    expect(metrics.value('a')).toBe(0)
    metrics.collect()
    metrics.collect()
    expect(metrics.value('a')).toBe(2)
    stop()
    metrics.collect()
    expect(metrics.value('a')).toBe(2)
  })

  it('forgets label sets on demand', () => {
    const metrics = new Metrics()
    metrics.gauge('a', 'A.', ['x']).labels('old').set(1)
    metrics.clear('a')
    metrics.clear('not there')
    metrics.gauge('a', 'A.', ['x']).labels('new').set(1)
    expect(metrics.value('a', 'old')).toBeUndefined()
    expect(metrics.value('a', 'new')).toBe(1)
  })
})
