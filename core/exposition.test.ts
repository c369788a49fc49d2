import { describe, expect, it } from 'vitest'
import { EXPOSITION_TYPE, exposition } from './exposition.ts'
import { Metrics } from './metrics.ts'

const textOf = (metrics: Metrics): string => [...exposition(metrics)].join('')

describe('exposition', () => {
  it('says which format it is', () => {
    expect(EXPOSITION_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('writes nothing when there is nothing', () => {
    expect(textOf(new Metrics())).toBe('')
  })

  it('writes metrics, label sets and labels in the order of their names', () => {
    const metrics = new Metrics()
    const b = metrics.counter('b_total', 'The second.', ['zone', 'family'])
    b.labels('b.', '1').add(2)
    b.labels('a.', '2').add()
    b.labels('a.', '1').add(3)
    metrics.gauge('a', 'The first.').set(1.5)
    expect(textOf(metrics).split('\n')).toEqual([
      '# HELP a The first.',
      '# TYPE a gauge',
      'a 1.5',
      '# HELP b_total The second.',
      '# TYPE b_total counter',
      'b_total{family="1",zone="a."} 3',
      'b_total{family="1",zone="b."} 2',
      'b_total{family="2",zone="a."} 1',
      '',
    ])
  })

  it('writes buckets that count everything below them, their sum and their number', () => {
    const metrics = new Metrics()
    const histogram = metrics.histogram('a_seconds', 'A.', [0.25, 16e3], ['z', 'a'])
    for (const value of [0.125, 0.25, 1, 20_000]) histogram.labels('y', 'b').observe(value)
    expect(textOf(metrics).split('\n')).toEqual([
      '# HELP a_seconds A.',
      '# TYPE a_seconds histogram',
      'a_seconds_bucket{a="b",z="y",le="0.25"} 2',
      'a_seconds_bucket{a="b",z="y",le="16000"} 3',
      'a_seconds_bucket{a="b",z="y",le="+Inf"} 4',
      'a_seconds_sum{a="b",z="y"} 20001.375',
      'a_seconds_count{a="b",z="y"} 4',
      '',
    ])
  })

  it('writes histograms without labels', () => {
    const metrics = new Metrics()
    metrics.histogram('a_seconds', 'A.', [1])
    expect(textOf(metrics).split('\n').slice(2, -1)).toEqual([
      'a_seconds_bucket{le="1"} 0',
      'a_seconds_bucket{le="+Inf"} 0',
      'a_seconds_sum 0',
      'a_seconds_count 0',
    ])
  })

  it('leaves out metrics with labels of which nothing was counted, not those without labels', () => {
    const metrics = new Metrics()
    metrics.counter('a_total', 'A.', ['x'])
    metrics.counter('b_total', 'B.')
    expect(textOf(metrics)).toBe('# HELP b_total B.\n# TYPE b_total counter\nb_total 0\n')
  })

  it.each([
    ['back\\slash', 'back\\\\slash'],
    ['line\nfeed', 'line\\nfeed'],
    ['"quoted"', '\\"quoted\\"'],
    ['näme…', 'näme…'],
    ['', ''],
  ])('escapes the label value %j', (value, written) => {
    const metrics = new Metrics()
    metrics.gauge('a', 'A.', ['x']).labels(value).set(1)
    expect(textOf(metrics)).toContain(`\na{x="${written}"} 1\n`)
  })

  it('escapes help texts, where quotes are text', () => {
    const metrics = new Metrics()
    metrics.gauge('a', 'One "two"\nthree \\ four')
    expect(textOf(metrics)).toContain('# HELP a One "two"\\nthree \\\\ four\n')
  })

  it.each([
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
    [-0.5, '-0.5'],
    [2 ** 53, '9007199254740992'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
  ])('writes %d as %s', (value, written) => {
    const metrics = new Metrics()
    metrics.gauge('a', 'A.').set(value)
    expect(textOf(metrics)).toContain(`\na ${written}\n`)
  })

  it('brings values up to date first', () => {
    const metrics = new Metrics()
    const gauge = metrics.gauge('a', 'A.')
    metrics.onCollect(() => gauge.set(7))
    expect(textOf(metrics)).toContain('\na 7\n')
  })

  it('gives one string for each metric', () => {
    const metrics = new Metrics()
    metrics.gauge('a', 'A.')
    metrics.gauge('b', 'B.')
    expect([...exposition(metrics)]).toHaveLength(2)
  })
})
