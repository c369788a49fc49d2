import { DnsError, type Handler, Message, type Query, Rcode } from '@fingerpost/sdk'
import { makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { foldChain, type OnPanic } from './chain.ts'

const query = makeQuery('www.example.org', 'A')
const answering = replyWith({ answer: ['www.example.org. 300 IN A 192.0.2.1'] })
const noPanic: OnPanic = (error) => {
  throw error
}

const fold = (handlers: readonly Handler[], onPanic: OnPanic = noPanic) => {
  const chain = foldChain(
    handlers.map((handler, i) => ({ name: `p${i}`, handler })),
    onPanic,
  )
  if (chain === undefined) throw new Error('no chain')
  return chain
}

describe('foldChain', () => {
  it('gives nothing for plugins that take no part in answering', () => {
    expect(foldChain([{ name: 'root', handler: { ready: () => true } }], noPanic)).toBeUndefined()
  })

  it('answers synchronously when no plugin waits', () => {
    const chain = fold([
      { onResponse: (_, response) => response },
      { onQuery: () => undefined },
      { onQuery: (q) => answering(q) },
    ])
    expect(chain(query)).toBeInstanceOf(Message)
  })

  it('asks the plugins in their order until one answers', () => {
    const asked: string[] = []
    const pass = (name: string): Handler => ({ onQuery: () => void asked.push(name) })
    const chain = fold([
      pass('first'),
      pass('second'),
      { onQuery: (q) => answering(q) },
      pass('third'),
    ])
    chain(query)
    expect(asked).toEqual(['first', 'second'])
  })

  it('shows a response only to the plugins that passed, last one first', () => {
    const seen: string[] = []
    const watch = (name: string, answer?: (q: Query) => Message): Handler => ({
      onQuery: (q) => answer?.(q),
      onResponse: (_, response) => {
        seen.push(name)
        return response
      },
    })
    const chain = fold([
      watch('outer'),
      watch('inner'),
      watch('answers', answering),
      watch('below'),
    ])
    chain(query)
    expect(seen).toEqual(['inner', 'outer'])
  })

  it('turns a throw into SERVFAIL with its cause, and tells of it', () => {
    const fault = new TypeError('boom')
    const told: unknown[] = []
    const chain = fold(
      [
        {
          onQuery: () => {
            throw fault
          },
        },
      ],
      (error, plugin) => told.push([error, plugin]),
    )
    const response = chain(query) as Message
    expect(response.rcode).toBe(Rcode.SERVFAIL)
    expect(response.isAuthoritative).toBe(false)
    expect(response.cause).toBe(fault)
    expect(told).toEqual([[fault, 'p0']])
  })

  it('gives a DnsError its own rcode and does not call it a panic', async () => {
    const chain = fold([
      {
        onQuery: async () => {
          throw new DnsError('too-many-queries', 'full', { rcode: Rcode.REFUSED })
        },
      },
    ])
    expect((await chain(query)).rcode).toBe(Rcode.REFUSED)
  })

  it('carries an extended error to clients that know EDNS only', async () => {
    const error = new DnsError('refused', 'no', {
      extendedError: { infoCode: 15, text: 'blocked' },
    })
    const chain = fold([
      {
        onQuery: () => {
          throw error
        },
      },
    ])
    const reply = (await chain(makeQuery('a.test', 'A', { edns: true }))) as Message
    expect(reply.edns?.options[0]?.code).toBe(15)
    expect(((await chain(makeQuery('a.test', 'A'))) as Message).edns).toBeUndefined()
  })

  it('answers SERVFAIL when the last plugin passes', () => {
    const response = fold([{ onQuery: () => undefined }])(query) as Message
    expect(response.rcode).toBe(Rcode.SERVFAIL)
    expect(String(response.cause)).toContain('plugin/p0: no next plugin found')
  })

  it('passes on when a promise gives nothing', async () => {
    const chain = fold([{ onQuery: async () => undefined }, { onQuery: (q) => answering(q) }])
    expect((await chain(query)).answerCount).toBe(1)
  })

  it('turns a throw of onResponse into SERVFAIL', () => {
    const told: unknown[] = []
    const chain = fold(
      [
        {
          onResponse: () => {
            throw new Error('late')
          },
        },
        { onQuery: (q) => answering(q) },
      ],
      (error) => told.push(error),
    )
    expect((chain(query) as Message).rcode).toBe(Rcode.SERVFAIL)
    expect(told).toHaveLength(1)
  })

  it('lets dropped responses by without showing them', () => {
    const chain = fold([{ onResponse: () => expect.unreachable() }, { onQuery: (q) => q.drop() }])
    expect((chain(query) as Message).isDropped).toBe(true)
  })
})
