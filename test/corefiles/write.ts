/**
 * Writes the answers into the examples: `npx bun test/corefiles/write.ts`. Read them before you
 * commit: what stands there is what the test wants.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askExample, startExample } from './ask.ts'
import { directory, examples } from './example.ts'

for (const example of examples) {
  try {
    const world = await startExample(example)
    let text = example.corefile.replace(/^#< .*\n/gm, '')
    for (const question of example.questions) {
      const answer = await askExample(world, question)
      const lines = answer.map((line) => `#< ${line}\n`).join('')
      text = text.replace(`#> ${question.text}\n`, (line) => `${line}${lines}`)
    }
    await world.end()
    writeFileSync(join(directory, example.name), text)
  } catch (error) {
    console.error(example.name, error)
  }
}
