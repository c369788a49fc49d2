import type { ProxyProtocolSettings, StreamSettings } from '@fingerpost/sdk'
import { expect, it } from 'vitest'
import { missingTls, placeSettings } from './place-settings.ts'
import { testTls } from './test-peer.ts'

const none: StreamSettings = {
  readMs: undefined,
  writeMs: undefined,
  idleMs: undefined,
  maxQueries: undefined,
}
type Parts = Parameters<typeof placeSettings>[0][number]
const block = (parts: Partial<Parts> = {}): Parts => ({
  streams: none,
  socketCount: 1,
  tls: undefined,
  httpsConnections: undefined,
  proxyProtocol: undefined,
  ...parts,
})

it('takes the last limit that is set, each by itself', () => {
  const { limits } = placeSettings(
    [
      block({ streams: { ...none, readMs: 1000, idleMs: 2000 } }),
      block({ streams: { ...none, readMs: 3000, writeMs: 4000, maxQueries: -1 } }),
      block(),
    ],
    'dns',
  )
  expect(limits).toEqual({
    firstQueryTimeoutMs: 3000,
    idleTimeoutMs: 2000,
    writeTimeoutMs: 4000,
    maxQueries: -1,
  })
})

it("takes the first block's number of sockets", () => {
  expect(placeSettings([block({ socketCount: 4 }), block()], 'dns').socketCount).toBe(4)
  expect(placeSettings([block(), block({ socketCount: 4 })], 'dns').socketCount).toBe(1)
})

it('takes the last certificate, and warns of another one before it', () => {
  const first = testTls({ certPath: 'first.crt' })
  const second = testTls()
  const same = placeSettings([block({ tls: second }), block(), block({ tls: second })], 'dns')
  expect([same.tls, same.warnings]).toEqual([second, []])
  const { tls, warnings } = placeSettings([block({ tls: first }), block({ tls: second })], 'dns')
  expect(tls).toBe(second)
  expect(warnings.map(({ at }) => at)).toEqual([first.at])
})

it('counts connections of HTTPS only, where *https* says how many', () => {
  const blocks = [block({ httpsConnections: 5 }), block()]
  expect(placeSettings(blocks, 'https').limits).toEqual({ maxConnections: 5 })
  expect(placeSettings(blocks, 'tls').limits).toEqual({})
})

it("takes the last block's balancers", () => {
  const proxyProtocol: ProxyProtocolSettings = {
    networks: [],
    otherwise: 'use',
    udpSessionMs: 0,
    maxUdpSessions: 1,
  }
  expect(placeSettings([block({ proxyProtocol }), block()], 'dns').proxy).toBe(proxyProtocol)
  expect(placeSettings([block()], 'dns').proxy).toBeUndefined()
})

it('says what is missing for tls://', () => {
  const { at } = testTls()
  expect(missingTls(at)).toMatchObject({ at, suggestion: 'add to the block: tls CERT KEY' })
})
