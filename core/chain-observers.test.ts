import { type ChainObserver, type Handler, Message, type Query } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { foldChain, type Link } from './chain.ts'
import { withObservers } from './chain-observers.ts'

/** Asks a chain whose plugin `watch` observes, and says what it saw. */
async function seen(
  handlers: Record<string, Handler>,
  wants: (query: Query) => boolean = () => true,
): Promise<{ steps: string[]; response: Message | Promise<Message> | undefined }> {
  const steps: string[] = []
  const chainObserver: ChainObserver = {
    enter(plugin, query) {
      if (!wants(query)) return undefined
      steps.push(`enter ${plugin}`)
      return {
        asksOn: (asked) => void steps.push(`${plugin} asks on for ${asked.qname}`),
        end: (answer, error) =>
          void steps.push(`${plugin} ends: ${error ?? answer?.rcode ?? 'passed'}`),
      }
    },
  }
  const links: Link[] = []
  for (const [name, handler] of Object.entries(handlers)) {
    links.push({ name, handler: name === 'watch' ? { offers: { chainObserver } } : handler })
  }
  const response = foldChain(withObservers(links), () => {})?.(makeQuery('example.org A'))
  await response
  return { steps, response }
}

const answer = (query: Query): Message => query.reply()

describe('withObservers', () => {
  it('tells of the plugins behind the observer: who passed, asked on and answered', async () => {
    const { steps, response } = await seen({
      before: { onQuery: () => {} },
      watch: {},
      quiet: { onResponse: (_, message) => message },
      pass: { onQuery: () => {} },
      own: { onQuery: (query, next) => next(query) },
      last: { onQuery: answer },
    })
    expect(steps).toEqual([
      'enter pass',
      'pass ends: passed',
      'enter own',
      'own asks on for example.org.',
      'enter last',
      'last ends: 0',
      'own ends: 0',
    ])
    expect(response).toBeInstanceOf(Message)
  })

  it('tells of the end of what is waited for, and of faults', async () => {
    const fault = new Error('broken')
    const late = await seen({ watch: {}, late: { onQuery: async (query) => answer(query) } })
    expect(late.steps).toEqual(['enter late', 'late ends: 0'])
    const thrown = await seen({
      watch: {},
      bad: {
        onQuery() {
          throw fault
        },
      },
    })
    expect(thrown.steps).toEqual(['enter bad', 'bad ends: Error: broken'])
    const rejected = await seen({ watch: {}, bad: { onQuery: () => Promise.reject(fault) } })
    expect(rejected.steps).toEqual(['enter bad', 'bad ends: Error: broken'])
  })

  it('leaves queries alone that nobody wants to know of', async () => {
    const { steps, response } = await seen({ watch: {}, last: { onQuery: answer } }, () => false)
    expect(steps).toEqual([])
    expect(response).toBeInstanceOf(Message)
  })

  it('keeps what a watched plugin does with responses, and that it refuses at the end', async () => {
    let patched = 0
    const { response } = await seen({
      watch: {},
      last: {
        refusesAtEnd: true,
        onQuery: () => {},
        onResponse(_, message) {
          patched++
          return message
        },
      },
    })
    expect([(await response)?.rcode, patched]).toEqual([5, 1])
  })

  it('leaves the links of a block without an observer as they are', () => {
    const links = [{ name: 'one', handler: { onQuery: answer } }]
    expect(withObservers(links)[0]).toBe(links[0])
  })
})
