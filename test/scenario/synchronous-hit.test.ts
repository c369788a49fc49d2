import { Message, parseQuery } from '@fingerpost/sdk'
import { makeQuery, replyWith, seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { startWorld, type World } from '../fuzz/world.ts'

const answer = replyWith({ answer: ['www.example.org. 60 IN A 192.0.2.7'], flags: 'ra' })

/** Starts a server whose upstream knows one address. */
async function startServer(plugins: string): Promise<World> {
  const world = await startWorld(`. {\n${plugins}\n}\n`, seededRandom(1))
  world.network.answer = (wire) => {
    const query = parseQuery(wire, makeQuery('.'))
    return typeof query === 'number' ? undefined : answer(query).toBytes()
  }
  return world
}

describe('a cache hit through the usual chain', () => {
  it.each([
    ['errors\nloop\ncache\nforward . 192.0.2.1'],
    ['errors\nprometheus 127.0.0.1:0\nloop\ncache 30\nreload\nloadbalance\nforward . 192.0.2.1'],
    ['errors\nbufsize\nhosts {\n fallthrough\n}\ncache\nminimal\nforward . 192.0.2.1'],
  ])('is answered without a promise: %j', async (plugins) => {
    const world = await startServer(plugins)
    const { wire } = makeQuery('www.example.org', 'A')
    const miss = world.ask(wire.slice(), false)
    expect(miss).toBeInstanceOf(Promise)
    expect(Message.parse((await miss) as Uint8Array)?.answerCount).toBe(1)

    const hit = world.ask(wire.slice(), false)
    expect(hit).toBeInstanceOf(Uint8Array)
    expect(Message.parse(hit as Uint8Array)?.answerCount).toBe(1)
    await world.end()
  })
})
