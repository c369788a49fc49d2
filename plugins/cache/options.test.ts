import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import cache from './index.ts'

const block = (words: string): string => `cache {\n ${words}\n}`

describe('arguments', () => {
  testOptions(
    cache,
    [
      { text: 'cache', options: { args: {} } },
      { text: 'cache 30', options: { args: { ttlSeconds: 30 } } },
      {
        text: 'cache 30 a.test B.test',
        options: { args: { ttlSeconds: 30, zones: ['a.test.', 'b.test.'] } },
      },
      { text: 'cache a.test 30', options: { args: { zones: ['a.test.', '30.'] } } },
      { text: 'cache 10.0.0.0/24', options: { args: { zones: ['0.0.10.in-addr.arpa.'] } } },
      { text: 'cache bad..zone', options: { args: { zones: [], unknown: ['bad..zone'] } } },
      { text: 'cache 30 {\n }', options: { args: { ttlSeconds: 30 } } },
      { text: 'cache 0', error: /at least 1/, at: '0' },
      { text: 'cache -1', error: /at least 1/, at: '-1' },
    ],
    { it },
  )
})

describe('options', () => {
  testOptions(
    cache,
    [
      { text: block('success 100'), options: { block: { success: [100, undefined, undefined] } } },
      {
        text: block('success 100\n success 200'),
        options: { block: { success: [200, undefined, undefined] } },
      },
      { text: block('denial 500 8 6'), options: { block: { denial: [500, 8, 6] } } },
      { text: block('denial 500 8 0'), options: { block: { denial: [500, 8, 0] } } },
      { text: block('denial 100 0'), error: /at least 1/, at: '0' },
      { text: block('denial -1 x'), error: /whole number/, at: 'x' },
      { text: block('success 1 2 -3'), error: /at least 0/, at: '-3' },
      { text: block('prefetch'), error: /prefetch/, at: 'prefetch' },
      { text: block('prefetch 0'), options: { block: { prefetch: [0, 60_000, 10] } } },
      { text: block('prefetch 1 -1m'), options: { block: { prefetch: [1, -60_000, 10] } } },
      { text: block('prefetch 1 1m 90%'), options: { block: { prefetch: [1, 60_000, 90] } } },
      { text: block('prefetch -1'), error: /at least 0/, at: '-1' },
      { text: block('prefetch x'), error: /whole number/, at: 'x' },
      { text: block('prefetch 1 60'), error: /unit is missing/, at: '60' },
      { text: block('prefetch 1 1m 9%'), error: /from 10% to 90%/, at: '9%' },
      { text: block('prefetch 1 1m 91%'), error: /from 10% to 90%/, at: '91%' },
      { text: block('prefetch 1 1m 50'), error: /percentage/, at: '50' },
      { text: block('prefetch 1 1m 10% x'), error: /prefetch/, at: 'x' },
      { text: block('servfail 0'), options: { block: { servfail: 0 } } },
      { text: block('servfail 5m'), options: { block: { servfail: 300_000 } } },
      { text: block('servfail 6m'), error: /at most 5m/, at: '6m' },
      { text: block('servfail -1s'), error: /negative/, at: '-1s' },
      { text: block('servfail 10'), error: /unit is missing/, at: '10' },
      { text: block('servfail'), error: /servfail/, at: 'servfail' },
      { text: block('servfail 1s 2s'), error: /servfail/, at: '2s' },
      { text: block('disable success'), options: { block: { disable: [['success', []]] } } },
      {
        text: block('disable denial a.test b.test'),
        options: { block: { disable: [['denial', ['a.test.', 'b.test.']]] } },
      },
      { text: block('disable'), error: /disable/, at: 'disable' },
      { text: block('disable both'), error: /success or denial/, at: 'both' },
      { text: block('keepttl'), options: { block: { keepttl: true } } },
      { text: block('keepttl yes'), error: /keepttl/, at: 'yes' },
      { text: block('nosuch'), error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
})

describe('serve_stale', () => {
  const stale = (
    maxStaleMs: number,
    mode: string,
    timeoutMs = 0,
    responseTtlMs = 0,
    failureRecheckMs = 0,
  ) => ({
    block: { serve_stale: { maxStaleMs, mode, timeoutMs, responseTtlMs, failureRecheckMs } },
  })
  testOptions(
    cache,
    [
      { text: block('serve_stale'), options: stale(3_600_000, 'immediate') },
      { text: block('serve_stale 0'), options: stale(0, 'immediate') },
      { text: block('serve_stale 2h immediate'), options: stale(7_200_000, 'immediate') },
      {
        text: block('serve_stale 1h immediate 17s 5s'),
        options: stale(3_600_000, 'immediate', 0, 17_000, 5_000),
      },
      { text: block('serve_stale 1h verify'), options: stale(3_600_000, 'verify') },
      {
        text: block('serve_stale 1h verify 300ms 9s 10s'),
        options: stale(3_600_000, 'verify', 300, 9_000, 10_000),
      },
      { text: block('serve_stale 3600'), error: /unit is missing/, at: '3600' },
      { text: block('serve_stale -1h'), error: /negative/, at: '-1h' },
      { text: block('serve_stale immediate'), error: /duration/, at: 'immediate' },
      { text: block('serve_stale 1h later'), error: /immediate or verify/, at: 'later' },
      { text: block('serve_stale 1h verify x'), error: /duration/, at: 'x' },
      { text: block('serve_stale 1h verify 1s 5s 10m'), error: /at most 5m/, at: '10m' },
      { text: block('serve_stale 1h immediate 5s 5s 6s'), error: /serve_stale/, at: '6s' },
      {
        text: block('serve_stale\n serve_stale_policy prefer_positive'),
        options: { block: { serve_stale_policy: 'prefer_positive' } },
      },
      {
        text: block('serve_stale_policy prefer_positive'),
        error: /needs serve_stale/,
        at: 'serve_stale_policy',
      },
      {
        text: block('serve_stale\n serve_stale_policy other'),
        error: /prefer_positive/,
        at: 'other',
      },
      {
        text: block('serve_stale\n serve_stale_policy'),
        error: /serve_stale_policy/,
        at: 'serve_stale_policy',
      },
    ],
    { it },
  )
})
