/** Example Corefiles with the questions that show what they do, and their answers. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where they are. */
export const directory: string = fileURLToPath(new URL('../../examples/corefiles', import.meta.url))

/** A question of an example: `#> NAME TYPE [from ADDRESS] [over tcp]`, and what follows as `#<`. */
export interface Question {
  readonly text: string
  readonly name: string
  readonly type: string
  readonly client: string
  readonly isStream: boolean
  /** The RCODE, if it is not NOERROR, then records of the answer. */
  readonly answer: readonly string[]
}

/** A Corefile of the directory. */
export interface Example {
  readonly name: string
  readonly corefile: string
  readonly questions: readonly Question[]
}

/** All of them. */
export const examples: readonly Example[] = readdirSync(directory)
  .filter((name) => name.endsWith('.corefile'))
  .sort()
  .map((name) => {
    const corefile = readFileSync(join(directory, name), 'utf8')
    return { name, corefile, questions: questionsIn(corefile) }
  })

/** Files that they speak of, as `/etc/coredns/…`. */
export function exampleFiles(): Record<string, string> {
  const root = join(directory, 'files')
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    names
      .filter((path) => existsSync(path))
      .map((path) => [`/etc/coredns${path.slice(root.length)}`, readFileSync(path, 'utf8')]),
  )
}

function questionsIn(corefile: string): Question[] {
  const questions: { -readonly [K in keyof Question]: Question[K] }[] = []
  for (const line of corefile.split('\n')) {
    const last = questions.at(-1)
    if (line.startsWith('#> ')) questions.push(parseQuestion(line.slice(3)))
    else if (line.startsWith('#< ') && last) last.answer = [...last.answer, line.slice(3)]
  }
  return questions
}

function parseQuestion(text: string): Question {
  const [name = '', type = 'A', ...rest] = text.split(' ')
  const after = (word: string): string | undefined => rest[rest.indexOf(word) + 1]
  return {
    text,
    name,
    type,
    client: rest.includes('from') ? (after('from') ?? '') : '192.0.2.100',
    isStream: rest.includes('over') && after('over') === 'tcp',
    answer: [],
  }
}
