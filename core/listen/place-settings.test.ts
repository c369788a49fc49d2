import type { BlockSettings, StreamSettings } from '@fingerpost/sdk'
import { expect, it } from 'vitest'
import { missingTls, placeSettings } from './place-settings.ts'
import { testTls } from './test-peer.ts'

const none: StreamSettings = {
  readMs: undefined,
  writeMs: undefined,
  idleMs: undefined,
  maxQueries: undefined,
}
type Parts = Pick<BlockSettings, 'streams' | 'socketCount' | 'tls'>
const block = (parts: Partial<Parts> = {}): Parts => ({
  streams: none,
  socketCount: 1,
  tls: undefined,
  ...parts,
})

it('takes the last limit that is set, each by itself', () => {
  const { limits } = placeSettings([
    block({ streams: { ...none, readMs: 1000, idleMs: 2000 } }),
    block({ streams: { ...none, readMs: 3000, writeMs: 4000, maxQueries: -1 } }),
    block(),
  ])
  expect(limits).toEqual({
    firstQueryTimeoutMs: 3000,
    idleTimeoutMs: 2000,
    writeTimeoutMs: 4000,
    maxQueries: -1,
  })
})

it("takes the first block's number of sockets", () => {
  expect(placeSettings([block({ socketCount: 4 }), block()]).socketCount).toBe(4)
  expect(placeSettings([block(), block({ socketCount: 4 })]).socketCount).toBe(1)
})

it('takes the last certificate, and warns of another one before it', () => {
  const first = testTls({ certPath: 'first.crt' })
  const second = testTls()
  const same = placeSettings([block({ tls: second }), block(), block({ tls: second })])
  expect([same.tls, same.warnings]).toEqual([second, []])
  const { tls, warnings } = placeSettings([block({ tls: first }), block({ tls: second })])
  expect(tls).toBe(second)
  expect(warnings.map(({ at }) => at)).toEqual([first.at])
})

it('says what is missing for tls://', () => {
  const { at } = testTls()
  expect(missingTls(at)).toMatchObject({ at, suggestion: 'add to the block: tls CERT KEY' })
})
