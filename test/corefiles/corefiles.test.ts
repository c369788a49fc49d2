import { describe, expect, it } from 'vitest'
import { askExample, startExample } from './ask.ts'
import { examples } from './example.ts'

it('there are at least thirty of them', () => {
  expect(examples.length).toBeGreaterThanOrEqual(30)
})

describe.each(examples)('examples/corefiles/$name', (example) => {
  it('says what it is for, and shows it', () => {
    expect(example.corefile).toMatch(/^# \S/)
    expect(example.questions.length).toBeGreaterThan(0)
  })

  it('answers as it says', async () => {
    const world = await startExample(example)
    for (const question of example.questions) {
      const answer = await askExample(world, question)
      expect([question.text, ...answer]).toEqual([question.text, ...question.answer])
    }
    expect(world.takeFaults()).toEqual([])
    await world.end()
  })
})
