import { describe, expect, it } from 'vitest'
import { occurrences, type Source, sources } from './sources.ts'

const MAX_LINES = 400
const MAX_FUNCTION_LINES = 70
// Functions that are one table.
const TABLES = ['sdk/record/arbitrary.ts']

const typescript = sources.filter(({ path }) => path.endsWith('.ts'))
const code = typescript.filter(({ path }) => !path.startsWith('test/house/'))

/** Every place where a pattern stands in a file. */
const places = (among: readonly Source[], pattern: RegExp): string[] =>
  among.flatMap((source) => occurrences(source, pattern))

describe('files', () => {
  it(`have ${MAX_LINES} lines at most`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES)
    expect(long).toEqual([])
  })

  it('are named for a concept in kebab-case', () => {
    const names = sources.map(({ path }) => path.split('/').at(-1) ?? '')
    const shapes = /^(utils?|helpers?|types|common|misc|shared|lib)\./
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.\w+)*$/.test(name))).toEqual([])
    expect(names.filter((name) => shapes.test(name))).toEqual([])
  })

  it('begin with a comment that says their duty', () => {
    const silent = sources
      .filter(({ path }) => !/\.(test|config|bench)\.ts$/.test(path))
      .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text))
      .map(({ path }) => path)
    expect(silent).toEqual([])
  })

  it('are no barrels', () => {
    const barrels = typescript
      .filter(({ path }) => !/^sdk\/((testing|zone)\/)?index\.ts$/.test(path))
      .flatMap((source) => occurrences(source, /^export (type )?(\*|\{[^}]*\}) from /))
    expect(barrels).toEqual([])
  })

  it('have no default export, but for plugins and tools that ask for one', () => {
    const found = typescript
      .filter(({ path }) => !/^plugins\/[^/]+\/index\.ts$|\.config\.ts$/.test(path))
      // Examples are plugins, and the scaffold holds the text of one.
      .filter(({ path }) => !/^(examples|core\/scaffold)\//.test(path))
      .flatMap((source) => occurrences(source, /^export default /))
    expect(found).toEqual([])
  })

  it('import files with their endings', () => {
    expect(places(code, /from '\.{1,2}\/[^']*(?<!\.(ts|mjs|json))'/)).toEqual([])
  })
})

describe('functions', () => {
  it(`have ${MAX_FUNCTION_LINES} lines at most`, () => {
    const long = typescript
      .filter(({ path }) => !/\.(test|bench)\.ts$/.test(path) && !TABLES.includes(path))
      .flatMap(longFunctions)
    expect(long).toEqual([])
  })
})

describe('TypeScript', () => {
  it('is erasable', () => {
    expect(places(code, /^\s*(export )?(declare )?(const )?enum \w/)).toEqual([])
    expect(places(code, /^\s*(export )?(declare )?namespace \w/)).toEqual([])
  })

  it('is checked everywhere', () => {
    expect(places(code, /@ts-(ignore|nocheck)/)).toEqual([])
    expect(places(code, /\bas any\b/).filter((place) => !/^\S*\.test\.ts:/.test(place))).toEqual([])
  })
})

describe('nothing is left for later', () => {
  it('in comments', () => {
    expect(places(code, /\b(TODO|FIXME|XXX|HACK)\b/).filter(isNoTemplate)).toEqual([])
  })

  it('in tests: none is skipped, alone or empty', () => {
    expect(places(code, /\b(it|test|describe)(\.\w+)*\.(skip|only|todo|fails)\b/)).toEqual([])
  })
})

describe('errors', () => {
  it('are objects', () => {
    expect(places(code, /\bthrow ['"`]/)).toEqual([])
  })
})

/** `XXX` also stands in the names of temporary directories. */
const isNoTemplate = (place: string): boolean => !/XXXX/.test(place)

/** Functions and methods whose body is too long, found by the indentation of their last brace. */
function longFunctions({ path, text }: Source): string[] {
  const lines = text.split('\n')
  const found: string[] = []
  for (const [start, line] of lines.entries()) {
    const indent = /^\s*/.exec(line)?.[0] ?? ''
    const isStart = /(\)(: [^=]+)?|=>) \{$/.test(line)
    if (!isStart || /^\s*(\} )?(if|else|for|while|switch|catch|do)\b/.test(line)) continue
    const end = lines.findIndex((other, i) => i > start && other.startsWith(`${indent}}`))
    if (end - start - 1 > MAX_FUNCTION_LINES) {
      found.push(`${path}:${start + 1}: ${end - start - 1} lines`)
    }
  }
  return found
}
