import type { Exchange } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { EarlyQueries, MAX_EARLY_QUERIES } from './early-queries.ts'

const listener = { index: 0, transport: 'udp', label: 'dns://:53', address: '', port: 53 } as const

describe('early queries', () => {
  it('are answered once it is known by whom, with the octets and the client they came with', async () => {
    const early = new EarlyQueries()
    const bytes = new Uint8Array([1])
    const exchange = { listener, clientAddress: '192.0.2.1', clientPort: 1 }
    const first = early.serve(bytes, exchange)
    bytes[0] = 2
    exchange.clientPort = 2
    const second = early.serve(bytes, exchange)
    const seen: string[] = []
    early.answer((query: Uint8Array, { clientPort }: Exchange) => {
      seen.push(`${query[0]} of ${clientPort}`)
      return query
    })
    expect([await first, await second]).toEqual([new Uint8Array([1]), new Uint8Array([2])])
    expect(seen).toEqual(['1 of 1', '2 of 2'])
  })

  it('get no answer when nobody comes, or when there are too many', async () => {
    const early = new EarlyQueries()
    const exchange = { listener, clientAddress: '192.0.2.1', clientPort: 1 }
    const held = Array.from({ length: MAX_EARLY_QUERIES }, () =>
      early.serve(new Uint8Array(), exchange),
    )
    expect(early.serve(new Uint8Array(), exchange)).toBeUndefined()
    early.drop()
    expect(new Set(await Promise.all(held))).toEqual(new Set([undefined]))
  })
})
