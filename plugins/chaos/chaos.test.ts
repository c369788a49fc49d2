import {
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import chaos from './index.ts'

const txt = (owner: string, text: string) => [`${owner} 0 CH TXT "${text}"`]

describe('chaos', () => {
  testPlugin(
    chaos,
    'chaos Corpus-9 "One Author"',
    [
      {
        query: 'Version.Bind CH TXT',
        expect: { flags: 'rd', answer: txt('Version.Bind.', 'Corpus-9') },
      },
      { query: 'version.server CH TXT', expect: { answer: txt('version.server.', 'Corpus-9') } },
      { query: 'authors.bind CH TXT', expect: { answer: txt('authors.bind.', 'One Author') } },
      { query: 'hostname.bind CH TXT', expect: { answer: txt('hostname.bind.', 'host.test') } },
      { query: 'id.server CH TXT', expect: { answer: txt('id.server.', 'host.test') } },
      { query: 'version.bind IN TXT', expect: { passed: true } },
      { query: 'version.bind CH A', expect: { passed: true } },
      { query: 'x.version.bind CH TXT', expect: { passed: true } },
    ],
    { it },
  )

  it('says what it is when nothing is given', async () => {
    const loaded = await loadPlugin(chaos, 'chaos')
    const answer = async (name: string) => formatMessage(await loaded.ask(`${name} CH TXT`)).answer
    expect(await answer('version.bind')).toEqual(txt('version.bind.', 'Fingerpost-1.2.3'))
    expect(await answer('authors.bind')).toEqual(txt('authors.bind.', 'The Fingerpost authors'))
    expect(loaded.host.settings.servesAllClasses).toBe(true)
  })

  it('names each author once, in any order', async () => {
    const loaded = await loadPlugin(chaos, 'chaos v a b c a')
    const orders = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const { answer } = formatMessage(await loaded.ask('authors.bind CH TXT'))
      expect([...answer].sort()).toEqual(['a', 'b', 'c'].flatMap((it) => txt('authors.bind.', it)))
      orders.add(answer.join())
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('cuts what is longer than a string of TXT', async () => {
    const loaded = await loadPlugin(chaos, `chaos ${'x'.repeat(300)}`)
    const { answer } = formatMessage(await loaded.ask('version.bind CH TXT'))
    expect(answer).toEqual(txt('version.bind.', 'x'.repeat(255)))
  })

  testOptions(
    chaos,
    [
      { text: 'chaos', options: [{ args: [] }] },
      { text: 'chaos v "An Author"', options: [{ args: ['v', 'An Author'] }] },
      { text: 'chaos v\nchaos w' },
      { text: 'chaos v {\n x\n}', error: /no options/, at: 'x' },
    ],
    { it },
  )
  lifeCycleSuite(chaos, 'chaos', {
    it,
    query: 'version.bind CH TXT',
    bad: { corefile: 'chaos {\n x\n}', at: 'x' },
  })
})
